#pragma once
// The allow-list has this one.
using namespace std;
