#include "bind/loan.h"

#include <exception>
#include <utility>

namespace webcodecs::bind {
namespace {

struct Loan {
  std::shared_ptr<LoanBook> book;  // may outlive its environment
  napi_ref array;
};

}  // namespace

BufferPtr LoanBook::Lend(const std::shared_ptr<LoanBook>& book, Napi::Uint8Array array) {
  napi_ref reference = nullptr;
  if (napi_create_reference(array.Env(), array, 1, &reference) != napi_ok) {
    throw Napi::Error::New(array.Env());
  }
  auto loan = std::make_unique<Loan>(Loan{book, reference});
  BufferPtr buffer(
      av_buffer_create(array.Data(), array.ByteLength(), End, loan.get(), AV_BUFFER_FLAG_READONLY));
  if (buffer == nullptr) {
    napi_delete_reference(array.Env(), reference);
    return nullptr;
  }
  loan.release();  // End's now
  return buffer;
}

void LoanBook::Settle(napi_env env) {
  std::vector<napi_ref> ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ended.swap(ended_);
  }
  for (napi_ref array : ended) napi_delete_reference(env, array);
}

void LoanBook::End(void* data, uint8_t*) {
  const std::unique_ptr<Loan> loan(static_cast<Loan*>(data));
  LoanBook& book = *loan->book;
  try {
    std::lock_guard<std::mutex> lock(book.mutex_);
    book.ended_.push_back(loan->array);
  } catch (const std::exception&) {
    // No memory for the note: the array stays until its environment ends.
  }
}

}  // namespace webcodecs::bind
