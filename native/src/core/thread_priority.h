// How the machine's cores are shared between codecs and what must answer at once.
#pragma once

namespace webcodecs {

// Decoders give way to encoders, too: where one feeds the other, frames are soon decoded and wait,
// and each moment that the encoder waits for a core is lost. Crowded encoders run many more threads
// than there are cores: one that holds a lock that the event loop wants waits behind the others, so
// that each has to be easier to push aside.
enum class Codecs { kEncoders, kCrowdedEncoders, kDecoders };

// Lets the calling thread, and the threads it makes from now on, give way to threads of normal
// priority: an encoder that fills every core then delays neither an event loop nor a user
// interface. With nothing else to run they are as fast as before. For good: only a privileged
// process may take it back.
void YieldToOthers(Codecs codecs);

// After YieldToOthers: lets the calling thread alone run at once when it wakes, before the threads
// that it made (Linux; elsewhere they are equals). For one that feeds them and does little itself:
// while it waits for a core, one of theirs has nothing to do.
void PreemptOwnThreads();

}  // namespace webcodecs
