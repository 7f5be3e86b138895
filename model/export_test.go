package model

// What the tests of package model_test see beside what is exported.
var (
	IsFormat    = isFormat
	IsInvisible = isInvisible
)
