#include "loader/trace_sink_abi.hpp"

#include "loader/abi_error.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace aihub::loader {
namespace {

std::int64_t to_ns(WallTime time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

aihub_attribute lend(const model::SpanAttribute& from) {
    aihub_attribute to{slice(from.name), {}, 0, AIHUB_ATTRIBUTE_TEXT, 0};
    if (const auto* text = std::get_if<std::string>(&from.value)) {
        to.text = slice(*text);
    } else if (const auto* number = std::get_if<std::int64_t>(&from.value)) {
        to.kind = AIHUB_ATTRIBUTE_NUMBER;
        to.number = *number;
    } else {
        to.kind = AIHUB_ATTRIBUTE_BOOLEAN;
        to.number = *std::get_if<bool>(&from.value) ? 1 : 0;
    }
    return to;
}

// The batch as structs of the ABI; they point into the spans.
class Lent {
public:
    explicit Lent(std::span<const model::Span> spans) {
        std::size_t attributes = 0;
        for (const auto& span : spans) {
            attributes += span.attributes.size();
        }
        attributes_.reserve(attributes);  // They must not move: spans point to them.
        spans_.reserve(spans.size());
        for (const auto& span : spans) {
            add(span);
        }
        for (const auto& span : spans_) {
            pointers_.push_back(&span);
        }
    }
    [[nodiscard]] const std::vector<const aihub_span*>& pointers() const { return pointers_; }

private:
    void add(const model::Span& from) {
        aihub_span to{};
        to.struct_size = sizeof to;
        to.kind = from.kind == model::SpanKind::server ? AIHUB_SPAN_SERVER : AIHUB_SPAN_CLIENT;
        std::copy(from.trace.begin(), from.trace.end(), to.trace_id);
        std::copy(from.id.begin(), from.id.end(), to.span_id);
        std::copy(from.parent.begin(), from.parent.end(), to.parent_id);
        to.start_ns = to_ns(from.start);
        to.end_ns = std::max(to_ns(from.end), to.start_ns);
        to.name = slice(from.name);
        to.trace_state = slice(from.state);
        to.message = slice(from.problem);
        to.status = from.failed ? AIHUB_SPAN_FAILED : AIHUB_SPAN_OK;
        to.attributes = attributes_.data() + attributes_.size();
        to.n_attributes = from.attributes.size();
        for (const auto& attribute : from.attributes) {
            attributes_.push_back(lend(attribute));
        }
        spans_.push_back(to);
    }

    std::vector<aihub_attribute> attributes_;
    std::vector<aihub_span> spans_;
    std::vector<const aihub_span*> pointers_;
};

// What a flush holds until the plugin says that it is done.
struct Flush {
    std::shared_ptr<Instance> instance;
    std::function<void()> done;
};

class PluginTraceSink final : public capability::TraceSink {
public:
    explicit PluginTraceSink(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}
    // The task keeps the instance, so destroy() is queued after quiesce().
    ~PluginTraceSink() override {
        instance_->plugin().core().control.post([instance = instance_] { instance->quiesce(); });
    }
    PluginTraceSink(const PluginTraceSink&) = delete;
    PluginTraceSink& operator=(const PluginTraceSink&) = delete;

    bool take(std::span<const model::Span> spans) override {
        const Lent lent(spans);
        const auto& plugin = instance_->plugin();
        const aihub_status status =
            invoke(instance_->plugin().meter(), Function::take_spans, aihub_status{AIHUB_E_INTERNAL}, [&] {
                return plugin.trace_sink()->take(instance_->raw(), lent.pointers().data(), lent.pointers().size());
            });
        if (!known_status(status)) {
            instance_->plugin().meter().fault(Function::take_spans, "answered " + status_name(status));
        }
        return status == AIHUB_OK;
    }

    void flush(std::function<void()> done) override {
        auto* const flush = new Flush{instance_, std::move(done)};  // Owned by the plugin until it calls back.
        invoke(instance_->plugin().meter(), Function::flush_spans, [&] {
            instance_->plugin().trace_sink()->flush(instance_->raw(), &finished, flush);
        });
    }

private:
    static void finished(void* argument) {
        const std::unique_ptr<Flush> flush(static_cast<Flush*>(argument));
        flush->done();
    }

    const std::shared_ptr<Instance> instance_;
};

}  // namespace

std::shared_ptr<capability::TraceSink> make_trace_sink(std::shared_ptr<Instance> instance) {
    return std::make_shared<PluginTraceSink>(std::move(instance));
}

}  // namespace aihub::loader
