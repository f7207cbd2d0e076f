// A folder of decision records, for the tests of records and replay.
#pragma once

#include "policy/decision_files.hpp"
#include "policy/decision_record.hpp"
#include "support/full_facts.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::testing {

// Whether there was another piece.
inline bool next_piece(policy::DecisionFileReader& reader, std::string& piece, std::size_t bytes) {
    const auto more = reader.next(piece, bytes);
    EXPECT_TRUE(more) << more.error().message;
    return more && *more;
}

class DecisionFolder {
public:
    DecisionFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "aihub_decisions_XXXXXX").string();
        path_ = ::mkdtemp(name.data()) == nullptr ? std::string() : name;
    }
    ~DecisionFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    DecisionFolder(const DecisionFolder&) = delete;
    DecisionFolder& operator=(const DecisionFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    // All payloads of all files, in order; damaged ones are left out.
    [[nodiscard]] std::vector<std::string> payloads() const {
        std::vector<std::string> all;
        const auto files = policy::list_decision_files(path_);
        EXPECT_TRUE(files) << files.error().message;
        for (const auto& file : *files) {
            auto reader = policy::DecisionFileReader::open(file.path);
            EXPECT_TRUE(reader) << reader.error().message;
            for (std::string piece; reader && next_piece(*reader, piece, 4096);) {
                for (std::string_view rest = piece; const auto cut = policy::cut_frame(rest);) {
                    EXPECT_TRUE(cut->sound);
                    all.emplace_back(cut->payload);
                }
            }
        }
        return all;
    }

private:
    std::string path_;
};

}  // namespace aihub::testing
