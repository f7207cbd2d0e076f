#include "dialect/gemini_contents.hpp"

#include "dialect/call_ids.hpp"
#include "dialect/gemini_member.hpp"
#include "dialect/media_url.hpp"

#include <aihub/json_write.hpp>

#include <string>

namespace aihub::dialect {

namespace {

constexpr JsonText kEmpty = "\"\"";

Result<ChatBlock> inline_data(const JsonValue& blob, const Place& place) {
    AIHUB_TRY(required_of(JsonKind::object, blob, place));
    const JsonValue type = gemini_member(blob, "mimeType");
    ChatBlock block;
    block.media_type = AIHUB_TRY(required_of(JsonKind::string, type, place.member("mimeType")));
    block.data = AIHUB_TRY(required_of(JsonKind::string, blob["data"], place.member("data")));
    const JsonValue title = gemini_member(blob, "displayName");
    block.title = AIHUB_TRY(optional_of(JsonKind::string, title, place.member("displayName")));
    block.kind = media_kind(type.string_or(""));
    return block;
}

Result<ChatBlock> file_data(const JsonValue& file, const Place& place) {
    AIHUB_TRY(required_of(JsonKind::object, file, place));
    const JsonValue type = gemini_member(file, "mimeType");
    const JsonValue url = gemini_member(file, "fileUri");
    ChatBlock block;
    block.media_type = AIHUB_TRY(optional_of(JsonKind::string, type, place.member("mimeType")));
    block.url = AIHUB_TRY(required_of(JsonKind::string, url, place.member("fileUri")));
    const JsonValue title = gemini_member(file, "displayName");
    block.title = AIHUB_TRY(optional_of(JsonKind::string, title, place.member("displayName")));
    const bool video = block.url.find("youtu") != JsonText::npos;  // whose URLs need no type
    block.kind = block.media_type.empty() && video ? BlockKind::video : media_kind(type.string_or(""));
    return block;
}

// {"output": x} and {"result": x} are x, {"error": x} is one that failed; anything else is the text of its JSON.
void set_response(const JsonValue& response, ChatBlock& block, ChatBuilder& builder) {
    JsonValue said = response;
    if (response.size() == 1) {
        for (const char* const name : {"output", "result", "error"}) {
            if (const JsonValue only = response[name]; given(only)) {
                said = only;
                block.is_error = name == std::string_view("error");
            }
        }
    }
    const bool text = said.is(JsonKind::string);
    const JsonText words = text ? said.raw() : builder.keep(sdk::json_string(said.raw()));
    if (words.size() > 2) {
        block.content.push_back(text_block(BlockKind::text, words));
    }
}

class Contents {
public:
    explicit Contents(ChatBuilder& builder) : builder_(builder) {}

    Result<void> read(const JsonValue& content, const Place& place) {
        AIHUB_TRY(required_of(JsonKind::object, content, place));
        const JsonText role = AIHUB_TRY(optional_of(JsonKind::string, content["role"], place.member("role")));
        const bool model = role == "\"model\"";
        if (!model && !role.empty() && role != "\"user\"" && role != "\"function\"") {
            return invalid(place.member("role"), "must be user or model");
        }
        if (model != model_) {
            end_thought({});
        }
        model_ = model;
        if (model_) {
            ids_.next_turn();
        }
        const JsonValue parts = content["parts"];
        const Place at_parts = place.member("parts");
        AIHUB_TRY(optional_of(JsonKind::array, parts, at_parts));
        builder_.begin(model_ ? ChatRole::assistant : ChatRole::user);
        std::size_t at = 0;
        for (const JsonValue part : parts) {
            const Place at_part = at_parts.element(at++);
            AIHUB_TRY(required_of(JsonKind::object, part, at_part));
            AIHUB_CHECK(read_part(part, at_part));
        }
        return {};
    }

    // What no other part ended.
    void end() { end_thought({}); }

private:
    Result<void> read_part(const JsonValue& part, const Place& place) {
        const JsonValue sealed = gemini_member(part, "thoughtSignature");
        const Place at_signature = place.member("thoughtSignature");
        const JsonText signature = AIHUB_TRY(optional_of(JsonKind::string, sealed, at_signature));
        const std::size_t about = (part["thought"] ? 1U : 0U) + (signature.empty() ? 0U : 1U);
        const bool text = given(part["text"]) || part.size() == about;
        if (text && part["thought"].boolean_or(false)) {
            return thought(part, place, signature);
        }
        end_thought({});
        if (const JsonValue call = gemini_member(part, "functionCall"); given(call)) {
            return function_call(call, place.member("functionCall"), signature);
        }
        if (const JsonValue response = gemini_member(part, "functionResponse"); given(response)) {
            return function_response(response, place.member("functionResponse"));
        }
        ChatBlock block = AIHUB_TRY(text ? said(part, place) : media(part, place));
        block.signature = signature;
        builder_.add(std::move(block));
        return {};
    }

    // A stream has a thought in many parts, and its signature behind the last of them: together they are one piece.
    Result<void> thought(const JsonValue& part, const Place& place, JsonText signature) {
        const JsonText words = AIHUB_TRY(optional_of(JsonKind::string, part["text"], place.member("text")));
        if (words.size() > 2) {
            thought_.append(words.substr(1, words.size() - 2));
        }
        if (!signature.empty()) {
            end_thought(signature);
        }
        return {};
    }
    void end_thought(JsonText signature) {
        if (thought_.empty() && signature.empty()) {
            return;
        }
        ChatBlock block = text_block(BlockKind::reasoning, builder_.keep("\"" + thought_ + "\""));
        block.signature = signature;
        builder_.add(std::move(block));
        thought_.clear();
    }

    // A signature may come alone, behind the last of the text. It then is a text without words: as a thought it would
    // be taken for one of the part behind it, and no other vendor's thoughts are signed so.
    static Result<ChatBlock> said(const JsonValue& part, const Place& place) {
        const JsonText words = AIHUB_TRY(optional_of(JsonKind::string, part["text"], place.member("text")));
        return text_block(BlockKind::text, words.empty() ? kEmpty : words);
    }

    Result<ChatBlock> media(const JsonValue& part, const Place& place) {
        const bool thought_of = part["thought"].boolean_or(false);  // an image on the way to that of the answer
        if (const JsonValue blob = gemini_member(part, "inlineData"); given(blob) && !thought_of) {
            return inline_data(blob, place.member("inlineData"));
        }
        if (const JsonValue file = gemini_member(part, "fileData"); given(file) && !thought_of) {
            return file_data(file, place.member("fileData"));
        }
        return builder_.foreign(part.raw());
    }

    Result<void> function_call(const JsonValue& call, const Place& place, JsonText signature) {
        AIHUB_TRY(required_of(JsonKind::object, call, place));
        if (!model_) {
            return invalid(place, "must be in a content of the model");
        }
        ChatBlock block;
        block.kind = BlockKind::tool_call;
        block.name = AIHUB_TRY(required_of(JsonKind::string, call["name"], place.member("name")));
        const JsonText id = AIHUB_TRY(optional_of(JsonKind::string, call["id"], place.member("id")));
        block.id = id.size() > 2 ? id : builder_.made_id();
        const JsonText args = AIHUB_TRY(optional_of(JsonKind::object, call["args"], place.member("args")));
        block.arguments = args.empty() ? "{}" : args;
        block.signature = signature;
        ids_.called(block.name, block.id);
        builder_.add(std::move(block));
        return {};
    }

    Result<void> function_response(const JsonValue& response, const Place& place) {
        AIHUB_TRY(required_of(JsonKind::object, response, place));
        if (model_) {
            return invalid(place, "must be in a content of the user");
        }
        ChatBlock block;
        block.kind = BlockKind::tool_result;
        block.name = AIHUB_TRY(required_of(JsonKind::string, response["name"], place.member("name")));
        block.id = AIHUB_TRY(optional_of(JsonKind::string, response["id"], place.member("id")));
        if (!ids_.answered_by_id(block.id)) {
            const auto waiting = ids_.answered_by_name(block.name);
            if (!waiting) {
                return invalid(place, "must answer a functionCall of that name in front of it");
            }
            block.id = *waiting;
        }
        const JsonValue answer = response["response"];
        AIHUB_TRY(optional_of(JsonKind::object, answer, place.member("response")));
        if (answer.size() > 0) {
            set_response(answer, block, builder_);
        }
        const JsonValue parts = response["parts"];
        const Place at_parts = place.member("parts");
        AIHUB_TRY(optional_of(JsonKind::array, parts, at_parts));
        std::size_t at = 0;
        for (const JsonValue part : parts) {
            const Place at_data = at_parts.element(at++);
            block.content.push_back(
                AIHUB_TRY(inline_data(gemini_member(part, "inlineData"), at_data.member("inlineData")))
            );
        }
        builder_.add(std::move(block));
        return {};
    }

    ChatBuilder& builder_;
    CallIds ids_;
    std::string thought_;  // the inside of a JSON string; not added yet
    bool model_ = false;   // who says the content that is read
};

}  // namespace

Result<void> read_gemini_contents(const JsonValue& contents, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::array, contents, place));
    if (contents.size() == 0) {
        return invalid(place, "must have at least one content");
    }
    Contents reader(builder);
    std::size_t at = 0;
    for (const JsonValue content : contents) {
        AIHUB_CHECK(reader.read(content, place.element(at++)));
    }
    reader.end();
    return {};
}

Result<void> read_gemini_instructions(const JsonValue& instruction, const Place& place, ChatBuilder& builder) {
    if (!given(instruction)) {
        return {};
    }
    if (instruction.is(JsonKind::string)) {
        builder.instruct(text_block(BlockKind::text, instruction.raw()));
        return {};
    }
    AIHUB_TRY(required_of(JsonKind::object, instruction, place));
    const JsonValue parts = instruction["parts"];
    const Place at_parts = place.member("parts");
    if (parts.is(JsonKind::object)) {
        const Place at_text = at_parts.member("text");
        builder.instruct(text_block(BlockKind::text, AIHUB_TRY(required_of(JsonKind::string, parts["text"], at_text))));
        return {};
    }
    AIHUB_TRY(optional_of(JsonKind::array, parts, at_parts));
    std::size_t at = 0;
    for (const JsonValue part : parts) {
        const Place at_part = at_parts.element(at++);
        const JsonText words = AIHUB_TRY(required_of(JsonKind::string, part["text"], at_part.member("text")));
        builder.instruct(text_block(BlockKind::text, words));
    }
    return {};
}

}  // namespace aihub::dialect
