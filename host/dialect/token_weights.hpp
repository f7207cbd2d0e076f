// How many tokens each trait of a text stands for. Fitted to tests/golden/tokens by fit.mjs there.
#pragma once

#include "dialect/token_counter.hpp"

#include <array>
#include <cstddef>

namespace aihub::dialect {

using TokenWeights = std::array<double, kTraits>;

// In the order of TokenizerFamily, without its first: that is their mean.
inline constexpr std::array<TokenWeights, 6> kFittedWeights = {{
    {{1.042, 0.059, 0.148, 0.157, 0.000, 0.143, 0.928, 0.679, 1.273, 0.082, 0.086, 1.181,
      0.585, 0.192, 0.000, 0.000, 0.000, 1.316, 1.529, 0.075, 0.118, 0.107, 0.019, 0.000,
      0.148, 0.179, 0.792, 0.548, 0.269, 2.579, 0.674, 2.020, 1.633, 1.621, 2.000}},
    {{1.152, 0.000, 0.340, 0.000, 0.000, 0.158, 1.782, 1.178, 1.418, 0.000, 0.077, 1.035,
      0.497, 0.185, 0.113, 0.000, 0.000, 1.321, 3.405, 0.000, 0.337, 0.381, 0.077, 0.312,
      0.903, 0.678, 1.075, 0.800, 0.351, 3.196, 1.553, 1.987, 2.368, 2.267, 2.000}},
    {{1.122, 0.000, 0.408, 0.542, 0.302, 0.182, 2.412, 1.935, 0.000, 0.001, 0.413, 0.226,
      0.991, 0.116, 0.513, 0.364, 0.000, 0.348, 3.457, 0.041, 0.548, 0.229, 0.328, 0.364,
      1.518, 1.435, 0.915, 0.896, 0.474, 3.461, 2.756, 0.316, 2.511, 1.958, 2.000}},
    {{1.106, 0.000, 0.210, 0.197, 0.237, 0.070, 0.808, 0.548, 0.083, 0.000, 0.911, 0.000,
      0.924, 0.038, 0.115, 1.321, 0.000, 1.613, 1.237, 0.102, 0.172, 0.267, 0.120, 0.000,
      0.101, 0.048, 0.595, 0.172, 0.295, 3.933, 1.253, 1.402, 1.416, 0.412, 2.000}},
    {{1.175, 0.000, 0.351, 0.000, 0.000, 0.153, 1.130, 0.649, 1.312, 0.000, 0.117, 1.173,
      0.483, 0.192, 0.000, 0.000, 0.000, 1.300, 2.114, 0.014, 0.000, 0.708, 0.000, 0.066,
      1.123, 0.149, 0.824, 0.506, 0.154, 2.429, 2.785, 1.818, 2.148, 2.280, 2.000}},
    {{1.143, 0.077, 0.396, 0.402, 0.000, 0.268, 2.114, 1.353, 1.119, 0.113, 0.507, 0.000,
      0.877, 0.190, 0.294, 1.880, 0.843, 0.496, 2.645, 0.000, 0.627, 0.582, 0.499, 0.598,
      0.798, 0.853, 1.088, 0.931, 0.809, 2.723, 3.250, 1.185, 2.917, 2.258, 2.000}},
}};

// In the order of TokenizerFamily.
inline constexpr auto kTokenWeights = [] {
    std::array<TokenWeights, kFittedWeights.size() + 1> all{};
    for (std::size_t family = 0; family < kFittedWeights.size(); ++family) {
        all[family + 1] = kFittedWeights[family];
        for (std::size_t trait = 0; trait < kTraits; ++trait) {
            all[0][trait] += kFittedWeights[family][trait] / static_cast<double>(kFittedWeights.size());
        }
    }
    return all;
}();

}  // namespace aihub::dialect
