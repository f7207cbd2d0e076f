#include "chat_events.hpp"

#include "media_type.hpp"
#include "raw_json.hpp"
#include "scan_fields.hpp"

#include <aihub/json_write.hpp>

#include <utility>

namespace aihub::provider_openai {
namespace {

using sdk::chat_fields::Field;

// Members of the pieces that a delta holds.
struct Part {
    std::string_view type, text, thinking, signature, data, transcript, url, url_citation, image_url, content;
    std::string_view title, start_index, end_index;
};

constexpr std::array<Field<Part>, 13> kPart = {{
    {"type", &Part::type},
    {"text", &Part::text},
    {"thinking", &Part::thinking},
    {"signature", &Part::signature},
    {"data", &Part::data},
    {"transcript", &Part::transcript},
    {"url", &Part::url},
    {"url_citation", &Part::url_citation},
    {"image_url", &Part::image_url},
    {"content", &Part::content},
    {"title", &Part::title},
    {"start_index", &Part::start_index},
    {"end_index", &Part::end_index},
}};

Part part_of(std::string_view raw) {
    Part part;
    static_cast<void>(scan_fields(raw, kPart, part));  // What is no object has no members.
    return part;
}

bool says(std::string_view raw) {
    return raw.size() > 2 && raw.front() == '"';
}

void tell_citation(std::string_view raw, std::uint32_t choice, sdk::Call& call) {
    const Part outer = part_of(raw);
    const Part source = outer.url_citation.empty() ? outer : part_of(outer.url_citation);
    if (source.url.empty()) {
        return;
    }
    sdk::JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"url", source.url},
             {"title", source.title},
             {"cited_text", source.content},
             {"start_index", source.start_index},
             {"end_index", source.end_index}}) {
        if (!value.empty()) {
            json.key(name).raw(value);
        }
    }
    json.end_object();
    call.citation(json.text(), choice);
}

// {"type": "image_url", "image_url": {"url": "data:image/png;base64,..."}}
void tell_image(std::string_view raw, std::uint32_t choice, sdk::Call& call) {
    const std::string url = unquoted(part_of(part_of(raw).image_url).url);
    const std::string_view uri = url;
    const std::size_t comma = uri.find(',');
    if (!uri.starts_with("data:") || comma == std::string_view::npos) {
        return;
    }
    const std::string_view head = uri.substr(5, comma - 5);
    call.media(head.substr(0, head.find(';')), uri.substr(comma + 1), choice);
}

}  // namespace

ChatEvents::Choice& ChatEvents::choice(std::uint32_t index) {
    return choices_.try_emplace(index, index, made_id_, names_).first->second;
}

bool ChatEvents::tell(const ChunkFacts& facts, sdk::Call& call) {
    static constexpr std::array<Field<Delta>, 10> kDelta = {{
        {"content", &Delta::content},
        {"reasoning_content", &Delta::reasoning_content},
        {"reasoning", &Delta::reasoning},
        {"tool_calls", &Delta::tool_calls},
        {"thinking_blocks", &Delta::thinking_blocks},
        {"refusal", &Delta::refusal},
        {"function_call", &Delta::function_call},
        {"annotations", &Delta::annotations},
        {"images", &Delta::images},
        {"audio", &Delta::audio},
    }};
    if (!id_told_ && says(facts.id)) {
        id_told_ = true;
        const std::string id = unquoted(facts.id);
        call.id(id);
        made_id_ = choices_.empty() ? id : made_id_;
    }
    for (const ChoiceFacts& said : facts.choices) {
        Choice& state = choice(said.index);
        if (const auto probabilities = part_of(said.logprobs).content; probabilities.size() > 2) {
            call.logprobs(probabilities, said.index);
        }
        Delta delta;
        if (!scan_fields(said.content, kDelta, delta)) {
            continue;
        }
        tell_reasoning(state, delta, call);
        tell_content(state, delta.content, call);
        if (const auto refusal = state.refused.add(delta.refusal, room_); !refusal.empty()) {
            call.refusal(refusal, said.index);
        }
        too_much_ = too_much_ || !state.tools.add(delta.tool_calls, call);
        too_much_ = too_much_ || (!delta.function_call.empty() && !state.tools.add_only(delta.function_call, call));
        tell_media(state, delta, call);
    }
    return !too_much_;
}

void ChatEvents::think(Choice& choice, std::string_view raw, sdk::Call& call) {
    if (const auto thought = choice.thought.add(raw, room_); !thought.empty()) {
        choice.block_open = true;
        call.reasoning(thought, choice.index, choice.block);
    }
}

// Of two members that say the same only one is told: the blocks have the signatures.
void ChatEvents::tell_reasoning(Choice& choice, const Delta& delta, sdk::Call& call) {
    bool text_in_blocks = false;
    scan_elements(delta.thinking_blocks, [&](std::string_view raw) {
        text_in_blocks = text_in_blocks || says(part_of(raw).thinking);
    });
    if (!text_in_blocks) {
        think(choice, says(delta.reasoning_content) ? delta.reasoning_content : delta.reasoning, call);
    }
    std::size_t number = 0;
    scan_elements(delta.thinking_blocks, [&](std::string_view raw) {
        if (number++ > 0 && choice.block_open) {
            choice.block_open = false;
            ++choice.block;
        }
        thinking_block(choice, raw, call);
    });
}

void ChatEvents::thinking_block(Choice& choice, std::string_view raw, sdk::Call& call) {
    const Part part = part_of(raw);
    if (says(part.data)) {
        choice.block += choice.block_open ? 1 : 0;
        call.redacted_reasoning(unquoted(part.data), choice.index, choice.block++);
        choice.block_open = false;
        return;
    }
    think(choice, part.thinking, call);
    if (says(part.signature)) {
        call.reasoning_signature(unquoted(part.signature), choice.index, choice.block++);
        choice.block_open = false;
    }
}

// A string; or parts, of which some are thoughts.
void ChatEvents::tell_content(Choice& choice, std::string_view content, sdk::Call& call) {
    const auto tell_text = [&](std::string_view raw) {
        if (const auto text = choice.text.add(raw, room_); !text.empty()) {
            call.text(text, choice.index);
        }
    };
    tell_text(content);
    scan_elements(content, [&](std::string_view raw) {
        const Part part = part_of(raw);
        tell_text(part.text);
        think(choice, part.thinking, call);
        scan_elements(part.thinking, [&](std::string_view thought) { think(choice, part_of(thought).text, call); });
    });
}

void ChatEvents::tell_media(Choice& choice, const Delta& delta, sdk::Call& call) {
    scan_elements(delta.annotations, [&](std::string_view raw) { tell_citation(raw, choice.index, call); });
    scan_elements(delta.images, [&](std::string_view raw) { tell_image(raw, choice.index, call); });
    const Part sound = part_of(delta.audio);
    if (const auto words = choice.spoken.add(sound.transcript, room_); !words.empty()) {
        call.text(words, choice.index);
    }
    if (!says(sound.data)) {
        return;
    }
    // Base64 that was filled up ends there: what comes next is a sound of its own.
    if (choice.sound.ends_with('=')) {
        tell_sound(choice, call);
    }
    choice.sound += unquoted(sound.data);
    too_much_ = too_much_ || choice.sound.size() > kSoundBytesMax;
}

void ChatEvents::tell_sound(Choice& choice, sdk::Call& call) {
    if (const std::string sound = std::exchange(choice.sound, {}); !sound.empty()) {
        const std::string_view seen = media_type_of(sound);
        call.media(seen.empty() ? "audio/pcm" : seen, sound, choice.index);
    }
}

void ChatEvents::end(std::uint32_t index, sdk::Call& call) {
    Choice& state = choice(index);
    if (const auto rest = state.text.rest(); !rest.empty()) {
        call.text(rest, index);
    }
    tell_sound(state, call);
}

}  // namespace aihub::provider_openai
