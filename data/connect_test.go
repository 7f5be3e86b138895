package data

import (
	"os"
	"testing"

	"github.com/lib/pq"
)

func TestDSN(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"host=/run/x dbname=a":                                      "host=/run/x dbname=a",
		"postgresql://u:p@h:5433/db":                                "postgresql://u:p@h:5433/db",
		"postgres://u:p@h/db?sslmode=disable":                       "postgresql://u:p@h/db?sslmode=disable",
		"postgresql+psycopg://u:p@h/db":                             "postgresql://u:p@h/db",
		"postgresql+psycopg2://u:p%40@h1:1,h2/db":                   "postgresql://u:p%40@/db?host=h1,h2&port=1,5432",
		"postgresql://u@h1,h2:2/db?target_session_attrs=read-write": "postgresql://u@/db?target_session_attrs=read-write&host=h1,h2&port=5432,2",
		"postgresql://u:p@[::1]:1,[::2]/db":                         "postgresql://u:p@/db?host=::1,::2&port=1,5432",
		"postgresql://u@%2Frun%2Fpg/db":                             "postgresql://u@/db?host=%2Frun%2Fpg&port=5432",
	} {
		if got := plainDSN(dsn); got != want {
			t.Errorf("%s became %s, want %s", dsn, got, want)
		}
		settings, err := settingsOf(dsn)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
		}
		if settings.Database == "" || settings.Host == "" || settings.Host == "localhost" {
			t.Errorf("%s is %+v", dsn, settings)
		}
	}
	several, err := settingsOf("postgresql://u@h1:1,h2:2/db")
	if err != nil || several.Host != "h1" || several.Port != 1 || len(several.Multi) != 1 || several.Multi[0].Host != "h2" || several.Multi[0].Port != 2 {
		t.Errorf("%+v %v", several, err)
	}
}

// Nothing goes over a network unencrypted unless somebody asked for it.
func TestSSLMode(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]pq.SSLMode{
		"postgresql://u@db.example.org/db":                 pq.SSLModeRequire,
		"postgresql://u@10.0.0.7/db":                       pq.SSLModeRequire,
		"postgresql://u@db.example.org/db?sslmode=disable": pq.SSLModeDisable,
		"postgresql://u@db.example.org/db?sslmode=prefer":  pq.SSLModePrefer,
		"postgresql://u@localhost/db":                      pq.SSLModePrefer,
		"postgresql://u@127.0.0.1/db":                      pq.SSLModePrefer,
		"postgresql://u@[::1]/db":                          pq.SSLModePrefer,
		"postgresql://u@localhost,db.example.org/db":       pq.SSLModeRequire,
		"host=/run/postgresql dbname=db":                   pq.SSLModeDisable,
		"host=db.example.org hostaddr=127.0.0.1 dbname=db": pq.SSLModePrefer,
		"hostaddr=10.0.0.7 dbname=db":                      pq.SSLModeRequire,
	} {
		settings, err := settingsOf(dsn)
		if err != nil || settings.SSLMode != want {
			t.Errorf("%s: sslmode %s, want %s (%v)", dsn, settings.SSLMode, want, err)
		}
	}
}

func TestSettingsArePinned(t *testing.T) {
	t.Setenv("PGOPTIONS", "-c search_path=evil")
	t.Setenv("PGAPPNAME", "other")
	settings, err := settingsOf("host=h dbname=db")
	if err != nil || settings.Options != "" || settings.ApplicationName != "epev" {
		t.Errorf("%+v %v", settings, err)
	}
	t.Setenv("PGREQUIREPEER", "postgres")
	if _, err := settingsOf("host=h dbname=db"); err == nil || err.Error() != "the environment variable PGREQUIREPEER is not supported, or its value is not" {
		t.Errorf("error %v", err)
	}
	os.Unsetenv("PGREQUIREPEER")
	settings, err = settingsOf("host=h dbname=db options='-c search_path=evil' search_path=evil")
	if err != nil || settings.Options != "" {
		t.Errorf("%+v %v", settings, err)
	}
}
