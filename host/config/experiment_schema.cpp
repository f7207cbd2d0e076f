#include "config/schema.hpp"

namespace aihub::config {
namespace {

constexpr Key kExperimentSchema[] = {
    {.path = "experiments",
     .type = Type::block,
     .text =
         "Comparisons of variants on live calls; see [policies/experiments.md](policies/experiments.md). Only `ramp` "
         "(upwards) and `stopped` of one that has begun may change; what differs otherwise needs a new name."},
    {.path = "experiments.<name>",
     .type = Type::block,
     .text = "One experiment. Its name has 1 to 32 lower-case letters, digits, `_`, `-` and `.`."},
    {.path = "experiments.<name>.arms",
     .type = Type::arms,
     .fallback = "needed",
     .text =
         "2 to 8 variants, each with `name`, `share` and perhaps `model`. The first is the control. The shares make "
         "100."},
    {.path = "experiments.<name>.arms.name",
     .type = Type::text,
     .min = 1,
     .max = 16,
     .fallback = "needed",
     .text = "What policies and reports call the arm: up to 16 lower-case letters, digits, `_`, `-` and `.`."},
    {.path = "experiments.<name>.arms.share",
     .type = Type::percent,
     .fallback = "needed",
     .text = "Its share of those who take part."},
    {.path = "experiments.<name>.arms.model",
     .type = Type::text,
     .min = 1,
     .max = 512,
     .fallback = "the one asked for",
     .text =
         "The model that its calls go to instead: a name of `models` or `provider/model`. The client's key need not "
         "be allowed to use it."},
    {.path = "experiments.<name>.models",
     .type = Type::texts,
     .fallback = "all",
     .text = "Calls that ask for one of these models take part. Needed when an arm has a `model`."},
    {.path = "experiments.<name>.unit",
     .type = Type::texts,
     .words = "user key session",
     .fallback = "`[user, key]`",
     .text = "What stays in its arm: the first of these that a call has. Which one it was is recorded."},
    {.path = "experiments.<name>.ramp",
     .type = Type::percent,
     .fallback = "100",
     .text = "How far the ranges of the arms are filled. Raising it brings new units in and moves nobody."},
    {.path = "experiments.<name>.stopped",
     .type = Type::boolean,
     .fallback = "false",
     .text = "True: nobody takes part any more; the definition stays."},
    {.path = "experiments.<name>.salt",
     .type = Type::text,
     .min = 1,
     .max = 64,
     .fallback = "the experiment's name",
     .text = "What is hashed with the unit. Another salt draws the arms anew."},
    {.path = "experiments.<name>.layer",
     .type = Type::text,
     .min = 1,
     .max = 32,
     .fallback = "one of its own",
     .text = "Experiments of one layer exclude each other; each needs `layer_from` and `layer_to`. Those that send "
             "calls for one model elsewhere must be of one layer."},
    {.path = "experiments.<name>.layer_from",
     .type = Type::percent,
     .fallback = "0",
     .text = "Where its part of the layer begins."},
    {.path = "experiments.<name>.layer_to",
     .type = Type::percent,
     .fallback = "100",
     .text = "Where it ends; parts of one layer must not overlap."},
    {.path = "feedback",
     .type = Type::block,
     .text =
         "What users think of answers: `POST /v1/feedback`, see [policies/experiments.md](policies/experiments.md)."},
    {.path = "feedback.store_comments",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, feedback.store_comments),
     .text = "Store the words, too, not only the score."},
    {.path = "feedback.queue_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, feedback.queue_max),
     .min = 1,
     .max = 1000000,
     .reload = Reload::restart,
     .text = "Feedback that waits for its writer; over it 503."},
};

}  // namespace

std::span<const Key> experiment_schema() {
    return kExperimentSchema;
}

}  // namespace aihub::config
