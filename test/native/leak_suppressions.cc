// Leaks of the codec libraries that are theirs to mend, and bounded: read by LeakSanitizer.

// Visible, or the sanitizer's shared library doesn't find it.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions();

extern "C" const char* __lsan_default_suppressions() {
  // libvorbis 1.3.7, 5.1 surround: both modes set up residue 2, and the first is lost (2.8 KB each
  // time such an encoder is opened).
  return "leak:vorbis_encode_setup_init\n";
}
