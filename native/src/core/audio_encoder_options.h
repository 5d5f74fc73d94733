// Which FFmpeg encoder makes an AudioEncoderConfig, and with which options.
#pragma once

#include "av_ptr.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

// An open encoder for `config`. kNotSupported, with the reason, where there is none. `wide`: of
// the formats that the encoder takes, one with more than 16 bits (FLAC: 24).
Result<CodecContextPtr> OpenAudioEncoder(const AudioEncoderConfig& config, bool wide);

}  // namespace webcodecs
