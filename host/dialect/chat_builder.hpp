// Puts together the canonical form of a chat, so that its rules hold whatever order the client had.
#pragma once

#include <aihub/chat.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::dialect {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::ChatRole;
using sdk::JsonText;

// Of members that only the client's format may know.
inline constexpr std::size_t kForeignFieldsMax = 256;

class ChatBuilder {
public:
    // The client's format as a JSON string, quotes included; it must live as long as what is built.
    explicit ChatBuilder(JsonText origin) : origin_(origin) {}

    // Everything but instructions, messages and what has a function below is set right here.
    sdk::ChatRequest request;

    // Holds what was made on the way as long as the request.
    JsonText keep(std::string text) { return request.keep(std::move(text)); }
    // A new id for a call that the client gave none.
    JsonText made_id();

    // Appends a text of the system or the developer. Empty ones are left out.
    void instruct(ChatBlock block);
    // What is added from here on was said by `role`. One that adds nothing leaves no message.
    void begin(ChatRole role, JsonText name = {});
    // Appends a piece; neighbours of one role become one message. Empty texts are left out.
    void add(ChatBlock block);

    // A piece that only the client's format knows.
    [[nodiscard]] ChatBlock foreign(JsonText value) const;
    // A tool that only the client's format knows.
    void add_foreign_tool(JsonText name, JsonText value);
    // A member of the body, or of one of its objects with dots: "generationConfig.x". Beyond kForeignFieldsMax none is
    // taken, and the request is to be refused: whoever reads the form may search them for each of them.
    void add_foreign_field(std::string_view name, JsonText value);
    [[nodiscard]] bool has_too_many_fields() const { return too_many_fields_; }

    // What was built; call it once, last.
    [[nodiscard]] const sdk::ChatRequest& finish();

private:
    void open();
    void close();

    JsonText origin_;
    ChatRole role_ = ChatRole::user;
    JsonText name_;
    bool begun_ = false;  // nothing was added since begin()
    bool mixed_ = false;  // a result stands behind something else
    std::size_t ids_made_ = 0;
    bool too_many_fields_ = false;
};

// A block of that kind with a text.
[[nodiscard]] ChatBlock text_block(BlockKind kind, JsonText text);

}  // namespace aihub::dialect
