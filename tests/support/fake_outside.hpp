// What lies outside of a plugin, for a FakePluginHost: secrets, a worker and an HTTP client, all driven by the test.
#pragma once

#include "support/fake_plugin_host.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace aihub::testing {

// Outlives the plugin. Jobs run in run_jobs(), exchanges end in answer().
class FakeOutside {
public:
    struct Exchange {
        std::string origin, path, body, headers;
        aihub_http_sink sink;
    };

    std::map<std::string, std::string, std::less<>> secrets;
    std::vector<Exchange> exchanges;      // that have not ended
    aihub_status http_status = AIHUB_OK;  // of start()
    int started = 0;

    void install(FakePluginHost& host) {
        host.more_owner = this;
        host.more = {{AIHUB_EXT_SECRET, &kSecret}, {AIHUB_EXT_WORK, &kWork}, {AIHUB_EXT_HTTP, &kHttp}};
    }
    void run_jobs() {
        for (const Job& job : std::exchange(jobs_, {})) {
            job.work(job.argument);
            job.done(job.argument);
        }
    }
    // The oldest exchange ends; without a status it has no reply.
    void answer(int status, std::string_view body, aihub_status end = AIHUB_OK) {
        const Exchange ended = exchanges.front();
        exchanges.erase(exchanges.begin());
        if (status > 0) {
            ended.sink.on_head(ended.sink.context, status, nullptr, 0);
            ended.sink.on_frame(ended.sink.context, {}, slice_of(body));
        }
        ended.sink.on_end(ended.sink.context, end);
    }

private:
    struct Job {
        void (*work)(void*);
        void (*done)(void*);
        void* argument;
    };

    static FakeOutside& of(void* host) {
        return *static_cast<FakeOutside*>(static_cast<FakePluginHost*>(host)->more_owner);
    }
    static aihub_status exists(void* host, aihub_slice name) {
        return of(host).secrets.contains(text_of(name)) ? AIHUB_OK : AIHUB_E_UNAVAILABLE;
    }
    static aihub_status read(void* host, aihub_slice name, char* buffer, std::size_t capacity, std::size_t* length) {
        const std::string& value = of(host).secrets.at(text_of(name));
        *length = value.size();
        return value.copy(buffer, capacity) == value.size() ? AIHUB_OK : AIHUB_E_LIMIT;
    }
    static aihub_status run(void* host, void (*job)(void*), void (*done)(void*), void* argument) {
        of(host).jobs_.push_back({job, done, argument});
        return AIHUB_OK;
    }
    static aihub_status start(
        void* host,
        aihub_slice origin,
        const aihub_http_request* request,
        std::int64_t,
        const aihub_http_sink* sink,
        std::uint64_t* id
    ) {
        FakeOutside& self = of(host);
        *id = static_cast<std::uint64_t>(++self.started);
        if (self.http_status != AIHUB_OK) {
            return self.http_status;
        }
        Exchange made{text_of(origin), text_of(request->path), {}, {}, *sink};
        for (std::size_t part = 0; part < request->n_body; ++part) {
            made.body += text_of(request->body[part]);
        }
        for (std::size_t at = 0; at < request->n_headers; ++at) {
            made.headers += text_of(request->headers[at].name) + ": " + text_of(request->headers[at].value) + "\n";
        }
        self.exchanges.push_back(std::move(made));
        return AIHUB_OK;
    }

    static constexpr aihub_secret_v1 kSecret{sizeof(aihub_secret_v1), 0, &exists, &read};
    static constexpr aihub_work_v1 kWork{sizeof(aihub_work_v1), 0, &run};
    static constexpr aihub_http_v1 kHttp{sizeof(aihub_http_v1), 0, &start, nullptr, nullptr};

    std::vector<Job> jobs_;
};

}  // namespace aihub::testing
