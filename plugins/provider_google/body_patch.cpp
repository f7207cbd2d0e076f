#include "body_patch.hpp"

#include <aihub/json_scan.hpp>
#include <aihub/json_write.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_google {
namespace {

using Places = std::vector<std::string_view>;  // strings within the body, with their quotes

// The member `model` of the object that comes next.
bool find_model(sdk::JsonScan& object, Places& places) {
    if (object.next() != '{') {
        return object.skip();
    }
    return object.members([&](std::string_view name, sdk::JsonScan& value) {
        std::string_view raw;
        if (name != "model" || value.next() != '"') {
            return value.skip();
        }
        const bool read = value.take(raw);
        places.push_back(raw);
        return read;
    });
}

// In the body itself, in the requests of a batch, in the one whose tokens are to be counted.
Places find_models(const sdk::Request& request) {
    Places places;
    const auto take = [&](std::string_view json, bool list) {
        sdk::JsonScan scan(json);
        list ? scan.elements([&](sdk::JsonScan& one) { return find_model(one, places); }) : find_model(scan, places);
    };
    if (const std::string_view model = request.member("model"); model.starts_with('"')) {
        places.push_back(model);
    }
    if (const std::string_view batch = request.member("requests"); batch.starts_with('[')) {
        take(batch, true);
    }
    for (const std::string_view name : {"generateContentRequest", "generate_content_request"}) {
        if (const std::string_view counted = request.member(name); counted.starts_with('{')) {
            take(counted, false);
        }
    }
    std::ranges::sort(places, {}, [](std::string_view place) { return place.data(); });
    return places;
}

std::string named(std::string_view raw, std::string_view model) {
    const bool resource = raw.find("models/") != std::string_view::npos;
    return sdk::json_string((resource ? "models/" : "") + std::string(model));
}

}  // namespace

void add_body(sdk::HttpRequest& http, const sdk::Request& request) {
    const std::string_view body = request.body();
    std::size_t done = 0;
    for (const std::string_view place : find_models(request)) {
        std::string now = named(place, request.model());
        if (now == place) {
            continue;
        }
        const auto at = static_cast<std::size_t>(place.data() - body.data());
        http.add_borrowed(body.substr(done, at - done));
        http.add_owned(std::move(now));
        done = at + place.size();
    }
    http.add_borrowed(body.substr(done));
}

}  // namespace aihub::provider_google
