package data_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/data"
	"epev/data/private/privatetest"
	"epev/model"
)

// A password opens a real server whatever is in it, and however the server asks for it.
func TestAPasswordWithAnyCharacterLogsIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address, stop, err := privatetest.Start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	admin, err := sqlx.Open("postgres", fmt.Sprintf("host=%s port=%d user=%s dbname=postgres", address.Socket, address.Port, address.User))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	hba := filepath.Join(dir, "postgresql/data/pg_hba.conf")
	content, err := os.ReadFile(hba)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hba, append([]byte("local all scram scram-sha-256\nlocal all old md5\n"), content...), 0o600); err != nil {
		t.Fatal(err)
	}
	passwords := []string{"p@ss/w?rd#1&x=y:z%", `it's a "\back"`, "$Pa$$ {${HOME}}", "é€", "²ﬁ™", "a\u00a0b", "so\u00adft", "Ａ１", "日本語", "tab\tin", "=,", "e\u0301"}
	if _, err := admin.Exec("SET password_encryption = 'scram-sha-256'; CREATE ROLE scram LOGIN; CREATE ROLE old LOGIN; SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	// Until the server has read the file anew it lets everybody in.
	unasked := data.Words([2]string{"host", address.Socket}, [2]string{"user", "old"}, [2]string{"dbname", "postgres"})
	for letIn := true; letIn; {
		_, err := open(t, unasked).Info(t.Context())
		letIn = err == nil
	}
	for _, password := range passwords {
		for role, encryption := range map[string]string{"scram": "scram-sha-256", "old": "md5"} {
			if _, err := admin.Exec("SET password_encryption = '" + encryption + "'; ALTER ROLE " + role + " PASSWORD " + pq.QuoteLiteral(password)); err != nil {
				t.Fatal(err)
			}
			words := func(password string) string {
				return data.Words([2]string{"host", address.Socket}, [2]string{"user", role}, [2]string{"dbname", "postgres"}, [2]string{"password", password})
			}
			if _, err := open(t, words(password)).Info(t.Context()); err != nil {
				t.Errorf("%s: %q: %v", role, password, err)
			}
			if _, err := open(t, words(password+"x")).Info(t.Context()); model.KindOf(err) != model.Unavailable {
				t.Errorf("%s: a wrong password: %v", role, err)
			}
		}
	}
}
