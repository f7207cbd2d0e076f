#include "app/config_files.hpp"

#include "net/tls.hpp"
#include "net/tls_acceptor.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

namespace aihub::app {

namespace {

// `source` is "aihub.yaml:12".
config::Problem problem_at(std::string_view source, std::string path, std::string message) {
    const auto colon = std::min(source.rfind(':'), source.size());
    const auto digits = source.substr(std::min(colon + 1, source.size()));
    int line = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), line);
    return {std::string(source.substr(0, colon)), line, 0, std::move(path), std::move(message)};
}

std::string date_of(WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

void check_listen(const config::ListenTls& tls, const std::string& path, WallTime now, FileFindings& found) {
    const auto version = tls.min_version == "1.3" ? net::TlsVersion::tls_1_3 : net::TlsVersion::tls_1_2;
    const auto acceptor = net::TlsAcceptor::create({tls.certificate_file, tls.key_file, version});
    if (!acceptor) {
        found.problems.push_back(problem_at(tls.source, path, acceptor.error().message));
        return;
    }
    if (const auto expires = (*acceptor)->expires(); expires < now) {
        found.warnings.push_back(problem_at(
            tls.source,
            path,
            tls.certificate_file + ": the certificate ended on " + date_of(expires) +
                ", clients refuse it; have it issued anew"
        ));
    }
}

}  // namespace

FileFindings check_files(const config::Snapshot& config, WallTime now) {
    FileFindings found;
    for (std::size_t place = 0; place < config.listen.size(); ++place) {
        if (const auto& tls = config.listen[place].tls) {
            const auto index = config.listen.size() == 1 ? "" : "[" + std::to_string(place) + "]";
            check_listen(*tls, "listen" + index + ".tls", now, found);
        }
    }
    for (const auto& [name, provider] : config.providers) {
        if (provider.ca_file.empty()) {
            continue;
        }
        if (const auto context = net::TlsContext::create(provider.ca_file); !context) {
            found.problems.push_back(problem_at(
                provider.source,
                "providers." + name + ".ca_file",
                context.error().message + ", make it a readable PEM file or correct the path"
            ));
        }
    }
    return found;
}

}  // namespace aihub::app
