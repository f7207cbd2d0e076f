// What is known of models: how much they read and write, and what their parameters are like.
#pragma once

#include "model/tokenizer_family.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::config {

// One family of models. docs/models.md says what the words mean.
struct ModelFacts {
    std::string name = {};                 // of the entry, "acme-large"
    std::vector<std::string> names = {};   // "acme-large", "acme-large-*": a star stands at the end only
    std::uint64_t context_tokens = 0;      // request and answer together; 0: not known
    std::uint64_t output_tokens_max = 0;   // of an answer; 0: not known
    std::vector<std::string> input = {};   // text, image, audio, video, document; empty: not known
    std::vector<std::string> output = {};  // text, image, audio, embedding; empty: not known
    model::TokenizerFamily tokenizer = model::TokenizerFamily::other;
    std::string reasoning = {};           // effort, budget, adaptive, level; empty: it does not think, or not to order
    std::vector<std::string> flags = {};  // "tools", "no_sampling"

    [[nodiscard]] bool has_flag(std::string_view flag) const;
};

// Immutable once it is part of a Snapshot.
class ModelTable {
public:
    // Of two entries with the same name or pattern the one that was added first counts.
    void add(ModelFacts facts);
    // Where `more` knows a model that this table does not, its entries count from now on.
    void append(ModelTable more);

    // The entry for a model's name: by the exact name, else by the longest pattern. Large and small letters are the
    // same. A name that is not found is looked for without what stands before its last slash or, as regions and vendors
    // do, before a dot ("eu.acme.model-1"), without a version behind ":" or "@", and without a date at its end. Null:
    // nothing is known.
    [[nodiscard]] const ModelFacts* find(std::string_view name) const;

    [[nodiscard]] const std::vector<ModelFacts>& entries() const { return entries_; }

private:
    using Index = std::map<std::string, std::size_t, std::less<>>;

    [[nodiscard]] const ModelFacts* find_as_is(std::string_view name) const;

    std::vector<ModelFacts> entries_;
    Index exact_;
    Index prefixes_;           // patterns without their star
    std::size_t longest_ = 0;  // of those
    std::vector<ModelTable> behind_;
};

// The member "model_facts" of a canonical request: {"context_tokens":200000,"output_tokens_max":64000,
// "reasoning":"budget","flags":["tools"]}, only what is known.
[[nodiscard]] std::string to_json(const ModelFacts& facts);

}  // namespace aihub::config
