// What a process keeps of the memory that its codecs have freed.
#pragma once

namespace webcodecs {

// Gives the allocator's free pages back to the system. An encoder's threads leave theirs in pieces,
// which the allocator keeps by itself: 2 GB after AV1 at 4K. Takes milliseconds, more after much.
void ReturnFreeMemory();

}  // namespace webcodecs
