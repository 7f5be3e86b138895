package sql

import "os"

// lib/pq prints every value that it sends if PQGO_DEBUG is set when the program starts. Go initialises
// packages in the order of their import paths as soon as what they import is ready: this one, which needs
// little, comes before lib/pq.
var _ = os.Unsetenv("PQGO_DEBUG")
