// The plain parts that decision records are made of. Inside host/policy only.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

// Appends to a string by way of a small block, since many small appends cost more than one.
class ByteWriter {
public:
    explicit ByteWriter(std::string& out) : out_(out) {}
    ~ByteWriter() { flush(); }
    ByteWriter(const ByteWriter&) = delete;
    ByteWriter& operator=(const ByteWriter&) = delete;

    void byte(std::uint8_t value) {
        room(1);
        block_[used_++] = static_cast<char>(value);
    }
    void varint(std::uint64_t value) {
        room(kVarintBytesMax);
        while (value > kVarintBits) {
            block_[used_++] = static_cast<char>((value & kVarintBits) | kVarintMore);
            value >>= kVarintShift;
        }
        block_[used_++] = static_cast<char>(value);
    }
    void fixed(std::uint64_t value) {
        constexpr std::size_t kBytes = 8;
        room(kBytes);
        for (std::size_t i = 0; i < kBytes; ++i) {
            block_[used_++] = static_cast<char>(value >> (8 * i));
        }
    }
    void text(std::string_view text) {
        varint(text.size());
        raw(text);
    }
    void raw(std::string_view text) {
        if (text.size() > block_.size() - used_) {
            flush();
            if (text.size() > block_.size()) {
                out_.append(text);
                return;
            }
        }
        std::copy(text.begin(), text.end(), block_.data() + used_);  // An empty view may be of nothing.
        used_ += text.size();
    }

    void put(std::string_view value) { text(value); }
    void put(bool value) { byte(value ? 1 : 0); }
    // Zigzag: small numbers of both signs stay small.
    void put(std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(value);
        varint((bits << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    }
    void put(double value) { fixed(std::bit_cast<std::uint64_t>(value)); }
    void put(WallTime value) { fixed(static_cast<std::uint64_t>(value.time_since_epoch().count())); }

    void flush() {
        out_.append(block_.data(), used_);
        used_ = 0;
    }

    static constexpr std::size_t kVarintBytesMax = 10;
    static constexpr std::uint64_t kVarintBits = 0x7f;
    static constexpr std::uint64_t kVarintMore = 0x80;
    static constexpr unsigned kVarintShift = 7;

private:
    void room(std::size_t bytes) {
        if (block_.size() - used_ < bytes) {
            flush();
        }
    }

    static constexpr std::size_t kBlockBytes = 1024;
    std::string& out_;
    std::size_t used_ = 0;
    std::array<char, kBlockBytes> block_;  // no initial value: it is filled before it is read
};

// Reads what ByteWriter wrote. After the first thing that is not there everything is zero and good() false.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return good_ && rest_.empty(); }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

    std::uint8_t byte() {
        const auto taken = raw(1);
        return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
    }
    // The shortest form only, so that equal values are equal bytes.
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < ByteWriter::kVarintBytesMax; ++i) {
            const std::uint64_t next = byte();
            const auto bits = next & ByteWriter::kVarintBits;
            const auto shift = static_cast<unsigned>(i) * ByteWriter::kVarintShift;
            const bool last = (next & ByteWriter::kVarintMore) == 0;
            if ((bits << shift) >> shift != bits || (last && i > 0 && bits == 0)) {
                break;
            }
            value |= bits << shift;
            if (last) {
                return value;
            }
        }
        fail();
        return 0;
    }
    std::uint64_t fixed() {
        constexpr std::size_t kBytes = 8;
        const auto taken = raw(kBytes);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < taken.size(); ++i) {
            value |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
        }
        return value;
    }
    std::string_view text() {
        const auto size = varint();
        return raw(size);
    }
    std::string_view raw(std::uint64_t size) {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const auto taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    // Of a list: its length, which is at most what the bytes left could hold.
    std::size_t count() {
        const auto value = varint();
        if (value > rest_.size()) {
            fail();
            return 0;
        }
        return static_cast<std::size_t>(value);
    }

    void get(std::string_view& value) { value = text(); }
    void get(std::string& value) { value = text(); }
    void get(bool& value) {
        const auto taken = byte();
        if (taken > 1) {
            fail();
        }
        value = taken == 1;
    }
    void get(std::int64_t& value) {
        const auto bits = varint();
        value = static_cast<std::int64_t>((bits >> 1U) ^ ((bits & 1U) != 0 ? ~std::uint64_t{0} : 0));
    }
    void get(double& value) { value = std::bit_cast<double>(fixed()); }
    void get(WallTime& value) { value = WallTime(WallTime::duration(static_cast<std::int64_t>(fixed()))); }

    void fail() {
        good_ = false;
        rest_ = {};
    }

private:
    std::string_view rest_;
    bool good_ = true;
};

// A value of an enumeration as a byte that stays when the enumeration changes: `codes` is a list of pairs.
template <class Codes, class Value>
std::uint8_t code_of(const Codes& codes, Value value) {
    const auto found = std::ranges::find(codes, value, [](const auto& pair) { return pair.first; });
    return found == codes.end() ? std::uint8_t{0} : found->second;
}

template <class Codes, class Value>
void get_code(ByteReader& reader, const Codes& codes, Value& value) {
    const auto code = reader.byte();
    const auto found = std::ranges::find(codes, code, [](const auto& pair) { return pair.second; });
    if (found == codes.end()) {
        reader.fail();
        return;
    }
    value = found->first;
}

// A list, item by item.
template <class Item, class Visit>
void get_list(ByteReader& reader, std::vector<Item>& items, Visit visit) {
    items.clear();
    for (auto left = reader.count(); left > 0 && reader.good(); --left) {
        visit(items.emplace_back());
    }
}

}  // namespace aihub::policy
