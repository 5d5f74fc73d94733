#include "library_log.h"

#include <cstdlib>

extern "C" {
#include <libavutil/log.h>
}

namespace webcodecs {

void QuietLibraries() {
  if (std::getenv("ELECTRON_WEBCODECS_LOG")) return;
  av_log_set_level(AV_LOG_QUIET);
#ifndef _WIN32
  // SVT-AV1 can be told by its environment variable only. 0: what is fatal.
  constexpr int kKeepWhatIsSet = 0;
  setenv("SVT_LOG", "0", kKeepWhatIsSet);
#endif
}

}  // namespace webcodecs
