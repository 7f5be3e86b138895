package data_test

import (
	"testing"

	"epev/data/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestSmoke(t *testing.T) { t.Log(testdb.New(t)) }
