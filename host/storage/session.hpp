// SQL on a session. Only for *_sql.cpp and storage's own sources: it brings in SOCI.
#pragma once

#include "base/result.hpp"
#include "storage/database.hpp"

#include <soci/soci.h>

#include <exception>
#include <type_traits>
#include <utility>

namespace aihub::storage {

struct Connection {
    soci::session sql;
    bool broken = false;  // not to be lent again
};

// What an exception of SOCI means: code and reason as Database's comment says, and a message without statement or
// values.
[[nodiscard]] Error to_error(const soci::soci_error& error);
[[nodiscard]] Error to_error(const std::exception& error);

// Runs `statements(soci::session&)`, which returns a Result, and turns what SOCI throws into an Error. `Lender` is a
// Session or a Transaction.
template <class Lender, class Function>
[[nodiscard]] auto run_sql(Lender& lender, Function&& statements) -> std::invoke_result_t<Function, soci::session&> {
    try {
        return std::forward<Function>(statements)(lender.connection().sql);
    } catch (const soci::soci_error& error) {
        return to_error(error);
    } catch (const std::exception& error) {
        return to_error(error);
    }
}

}  // namespace aihub::storage
