// Requests of clients and the canonical form of each, as files.
#pragma once

#include "dialect/canonical.hpp"

#include <aihub/chat_read.hpp>
#include <aihub/chat_write.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace aihub::test {

// The canonical form, or what was wrong, as it stands in the files.
inline std::string canonical_text(dialect::Format format, std::string_view body) {
    const auto form = dialect::canonical_form(format, body);
    if (form) {
        return *form + "\n";
    }
    const Error& error = form.error();
    return "status: " + std::to_string(http_status(error.code)) + "\nparam: " + error.param +
           "\nreason: " + error.reason + "\nmessage: " + error.message + "\n";
}

// What docs/canonical-form.md says of every chat; the empty text: it holds.
inline std::string broken_rule(std::string_view form) {
    const auto chat = sdk::read_chat(form);
    if (!chat) {
        return chat.error().message;
    }
    if (sdk::write_chat(*chat) != form) {
        return "written again it is another text";
    }
    const sdk::ChatMessage* before = nullptr;
    for (const sdk::ChatMessage& message : chat->messages) {
        if (before != nullptr && before->role == message.role) {
            return "neighbours have the same role";
        }
        if (message.content.empty()) {
            return "a message is empty";
        }
        bool others = false;
        for (const sdk::ChatBlock& block : message.content) {
            const bool result = block.kind == sdk::BlockKind::tool_result;
            if (result && (others || message.role != sdk::ChatRole::user)) {
                return "a result stands behind something else, or is not of the user";
            }
            others = others || !result;
            if (block.kind == sdk::BlockKind::text && block.text.size() <= 2 && block.signature.empty()) {
                return "a text is empty";
            }
        }
        before = &message;
    }
    return {};
}

inline std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Each <case>.json of tests/golden/dialect/requests/<name> against <case>.canonical, or <case>.error.
// AIHUB_UPDATE_GOLDEN=1 writes what is the case now; read the difference before keeping it.
inline void check_requests(std::string_view name, std::size_t cases_min) {
    const auto format = dialect::format_of(name);
    ASSERT_TRUE(format.has_value()) << name;
    const auto folder = std::filesystem::path(AIHUB_TESTS_DIR) / "golden/dialect/requests" / name;
    std::size_t cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        ++cases;
        const std::string result = canonical_text(*format, file_text(entry.path()));
        const bool good = result.starts_with("{");
        // A case says by its name which of the two it is, so that an update cannot turn the one into the other.
        EXPECT_NE(good, entry.path().filename().string().starts_with("error_")) << entry.path() << "\n" << result;
        const auto expected = std::filesystem::path(entry.path()).replace_extension(good ? ".canonical" : ".error");
        if (std::getenv("AIHUB_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(expected, std::ios::binary) << result;
        }
        EXPECT_EQ(result, file_text(expected)) << entry.path().filename();
        if (good && dialect::canonical_of(*format) == dialect::kCanonicalChat) {
            EXPECT_EQ(broken_rule(result.substr(0, result.size() - 1)), "") << entry.path().filename();
        }
    }
    EXPECT_GE(cases, cases_min);
}

}  // namespace aihub::test
