// What the codec libraries print.
#pragma once

namespace webcodecs {

// Keeps the libraries' own lines off stderr; what went wrong is in each Error. With
// ELECTRON_WEBCODECS_LOG set they are left as they are. Call before the first codec is made, from
// one thread.
void QuietLibraries();

}  // namespace webcodecs
