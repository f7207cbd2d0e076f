// Bytes on their way to the client: views of what was received, mixed with text of our own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::gateway {

// Filled by an attempt, emptied by relay. Views added with add_view() stay valid until the next suspension of the
// coroutine (they lie in the loop's scratch); text is owned.
class Output {
public:
    // Neighbouring views grow together, so frames that were received in one piece are sent in one piece.
    void add_view(std::string_view bytes) {
        if (!pieces_.empty() && pieces_.back().view.data() != nullptr &&
            pieces_.back().view.data() + pieces_.back().view.size() == bytes.data()) {
            pieces_.back().view = {pieces_.back().view.data(), pieces_.back().view.size() + bytes.size()};
        } else if (!bytes.empty()) {
            pieces_.push_back({bytes, 0, 0});
        }
        size_ += bytes.size();
    }
    void add_text(std::string_view text) {
        if (pieces_.empty() || pieces_.back().view.data() != nullptr) {
            pieces_.push_back({{}, text_.size(), 0});
        }
        text_ += text;
        pieces_.back().length += text.size();
        size_ += text.size();
    }
    // add_text() without a copy, where no text stands before it.
    void take_text(std::string&& text) {
        if (!text_.empty()) {
            add_text(std::string_view(text));
            return;
        }
        text_ = std::move(text);
        pieces_.push_back({{}, 0, text_.size()});
        size_ += text_.size();
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    // Appends everything to `parts`, in order. Valid until this object changes.
    void append_to(std::vector<std::string_view>& parts) const {
        for (const auto& piece : pieces_) {
            const auto own = std::string_view(text_).substr(piece.offset, piece.length);
            parts.push_back(piece.view.data() != nullptr ? piece.view : own);
        }
    }
    // Appends everything to `other` as text of its own, which outlives the next suspension, and leaves this empty.
    void move_to(Output& other) {
        std::vector<std::string_view> parts;
        append_to(parts);
        for (const auto part : parts) {
            other.add_text(part);
        }
        clear();
    }
    void clear() {
        pieces_.clear();
        text_.clear();
        if (text_.capacity() > kKept) {
            text_.shrink_to_fit();
        }
        size_ = 0;
    }

private:
    // Room for text that is kept for what comes next.
    static constexpr std::size_t kKept = 64UL * 1024;

    struct Piece {
        std::string_view view;  // data() is null: `length` bytes of text_ from `offset`
        std::size_t offset;
        std::size_t length;
    };
    std::vector<Piece> pieces_;
    std::string text_;
    std::size_t size_ = 0;
};

}  // namespace aihub::gateway
