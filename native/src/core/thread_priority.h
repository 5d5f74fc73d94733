// How the machine's cores are shared between codecs and what must answer at once.
#pragma once

namespace webcodecs {

// Lets the calling thread, and the threads it makes from now on, give way to threads of normal
// priority: an encoder that fills every core then delays neither an event loop nor a user
// interface. With nothing else to run they are as fast as before. For good: only a privileged
// process may take it back.
void YieldToOthers();

}  // namespace webcodecs
