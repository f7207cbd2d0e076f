#include "dialect/block_order.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

using capability::Event;
using capability::EventKind;

// "<0" opens, "0:text", "c0" is a citation, "0>" closes.
class Writer final : public BlockWriter {
public:
    void open(AnswerChoice&, std::size_t at, std::string& out) override { out += "<" + std::to_string(at) + " "; }
    void delta(AnswerChoice&, std::size_t at, std::string_view text, std::string& out) override {
        out.append(std::to_string(at)).append(":").append(text).append(" ");
    }
    void citation(AnswerChoice&, std::size_t at, std::size_t, std::string& out) override {
        out += "c" + std::to_string(at) + " ";
    }
    void close(AnswerChoice&, std::size_t at, std::string& out) override { out += std::to_string(at) + "> "; }
    [[nodiscard]] bool keeps(const AnswerPart&) const override { return false; }
};

class Ordering {
public:
    std::string give(EventKind kind, std::string_view text, std::uint32_t block = 0) {
        Event event;
        event.kind = kind;
        event.text = text;
        event.block = block;
        const std::string id = kind == EventKind::tool_begin ? "id" + std::to_string(block) : "";
        event.extra = id;
        return advance(answer_.add(event).choice);
    }
    std::string end() { return advance(nullptr); }

private:
    std::string advance(AnswerChoice* choice) {
        std::string out;
        order_.advance(answer_.choice(0), writer_, choice == nullptr, out);
        return out;
    }
    Answer answer_;
    BlockOrder order_;
    Writer writer_;
};

TEST(BlockOrder, EndsABlockWhereTheNextBegins) {
    Ordering order;
    EXPECT_EQ(order.give(EventKind::reasoning, "a"), "<0 0:a ");
    EXPECT_EQ(order.give(EventKind::text, "b"), "0> <1 1:b ");
    EXPECT_EQ(order.give(EventKind::citation, "{}"), "c1 ");
    EXPECT_EQ(order.give(EventKind::text, "c"), "1:c ");
    EXPECT_EQ(order.give(EventKind::media, "xyz"), "1> <2 ");
    EXPECT_EQ(order.end(), "2> ");
    EXPECT_EQ(order.end(), "");
}

TEST(BlockOrder, SortsCallsThatAreMixed) {
    Ordering order;
    EXPECT_EQ(order.give(EventKind::tool_begin, "f", 0), "");
    EXPECT_EQ(order.give(EventKind::tool_begin, "g", 1), "<0 ");
    EXPECT_EQ(order.give(EventKind::tool_args, "{\"a\":", 0), "0:{\"a\": ");
    EXPECT_EQ(order.give(EventKind::tool_args, "{\"b\":", 1), "");
    EXPECT_EQ(order.give(EventKind::text, "t"), "");
    EXPECT_EQ(order.give(EventKind::tool_args, "1}", 0), "0:1} 0> <1 1:{\"b\": ");
    EXPECT_EQ(order.give(EventKind::tool_args, "2}", 1), "1:2} 1> <2 2:t ");
    EXPECT_EQ(order.give(EventKind::tool_args, " ", 1), "");
    EXPECT_EQ(order.end(), "2> ");
}

TEST(BlockOrder, ACallWithoutArgumentsHasAnEmptyObject) {
    Ordering order;
    order.give(EventKind::tool_begin, "f", 0);
    order.give(EventKind::tool_begin, "g", 1);
    EXPECT_EQ(order.give(EventKind::tool_args, "{}", 1), "");
    EXPECT_EQ(order.end(), "0:{} 0> <1 1:{} 1> ");
}

TEST(BlockOrder, HoldsACharacterThatIsCut) {
    Ordering order;
    EXPECT_EQ(order.give(EventKind::text, "\xE2\x82"), "<0 ");
    EXPECT_EQ(order.give(EventKind::text, "\xAC\xC3"), "0:\xE2\x82\xAC ");
    EXPECT_EQ(order.end(), "0:\xC3 0> ");
}

}  // namespace
}  // namespace aihub::dialect
