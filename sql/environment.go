package sql

import "os"

// Go initialises packages in the order of their import paths, as soon as the packages that they import are ready. This
// one needs little, so it comes before lib/pq.
var _ = os.Unsetenv("PQGO_DEBUG")
