#include "result.h"

extern "C" {
#include <libavutil/error.h>
}

namespace webcodecs {

std::string Error::ToString() const {
  std::string text = message;
  if (where.empty() && av_code == 0) return text;
  text += " (";
  text += where;
  if (av_code != 0) {
    char reason[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(av_code, reason, sizeof(reason));
    if (!where.empty()) text += ": ";
    text += reason;
    text += ", code " + std::to_string(av_code);
  }
  text += ")";
  return text;
}

}  // namespace webcodecs
