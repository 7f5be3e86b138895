package data

import (
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// What ends a connection, or comes from a pooler that has lost its server, is no refusal of a commit: it may be done.
func TestOnlyAServerThatGoesOnRefusesACommit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		severity, code string
		refused        bool
	}{
		{"ERROR", "40001", true}, {"ERROR", "23503", true}, {"ERROR", "XX000", true},
		{"ERROR", "08P01", false}, {"ERROR", "08006", false}, {"FATAL", "08P01", false}, // PgBouncer's, by version
		{"FATAL", "57P01", false}, {"FATAL", "25P03", false}, {"PANIC", "53100", false},
	} {
		err := &pq.Error{Severity: test.severity, Code: pqerror.Code(test.code)}
		if refused(err) != test.refused {
			t.Errorf("%s %s: refused %t", test.severity, test.code, !test.refused)
		}
	}
	if !refused(pq.ErrInFailedTransaction) {
		t.Error("a failed transaction may be committed")
	}
}
