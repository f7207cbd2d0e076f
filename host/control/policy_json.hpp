// Policies in the words of the management API.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/json_body.hpp"
#include "control/route_table.hpp"
#include "policy/bundle_check.hpp"
#include "policy/bundle_store.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aihub::control {

// "2026-01-31T12:00:00Z", quotes included.
void append_time(std::string& out, WallTime time);
// {"hash","name","author","comment","parent","created_at","bytes"}, without the last brace: more may follow.
void append_bundle(std::string& out, const policy::BundleInfo& info);
// {"version","hash","name","stage","share","actor","comment","reason","at"}
void append_activation(std::string& out, const policy::Activation& activation);
// ["file.lua:12: text"] as [{"file","line","message"}]; line 0: it is about the file as a whole.
void append_findings(std::string& out, const std::vector<std::string>& findings);

// 422 with what was found.
[[nodiscard]] Answer refused(const policy::BundleCheck& check, std::string_view request_id);

// The bundle that the members "name" and "files" ([{"name","text"}]) say. Errors name the member.
[[nodiscard]] Result<std::shared_ptr<const policy::Bundle>> read_bundle(JsonBody& body);

}  // namespace aihub::control
