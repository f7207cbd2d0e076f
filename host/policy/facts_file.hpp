// The facts of a call that was not made, as specs write them, but in JSON.
#pragma once

#include "base/result.hpp"
#include "policy/decision_record.hpp"

#include <boost/json/object.hpp>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

// {"request_id":"r1","model":"fast","tags":{"tier":"gold"},"candidates":[{"provider":"east","model":"m"}],
//  "providers":{"east":{"region":"eu"}},"now":1769860800,
//  "failed":{...},"outcome":{...},"usage":{...},"quote":{...}}
// Everything may be left out. `failed` asks `fallback`, `outcome` asks `label` and `usage` asks `price`, too.
struct FactsFile {
    SpecFacts facts;
    std::vector<Hook> hooks;  // to be asked, in the order of a call
    // What the facts are views of.
    std::unique_ptr<std::deque<std::string>> texts = std::make_unique<std::deque<std::string>>();
};

// invalid_request: no JSON, a member that is not known, or one of another type; the message names it.
[[nodiscard]] Result<FactsFile> parse_facts(std::string_view text);
[[nodiscard]] Result<FactsFile> read_facts(const boost::json::object& object);

}  // namespace aihub::policy
