package data

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/model"
)

// told is what the test compares of settings, in one line.
func told(s settings) string {
	line := fmt.Sprintf("%s@%s:%d/%s %s", s.User, hostOf(s.Config), s.Port, s.Database, s.SSLMode)
	for _, h := range s.Multi {
		line += fmt.Sprintf(" %s:%d", h.Host, h.Port)
	}
	if s.Options != "" {
		line += " options=" + s.Options
	}
	if s.pooled {
		line += " pooled"
	}
	for name, value := range s.Runtime {
		line += " " + name + "=" + value
	}
	return line
}

func TestAddressesThatHostingCompaniesHandOut(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		// Neon, and its pooler; its proxy may be told the endpoint among the options
		"postgresql://alex:AbC123dEf@ep-cool-darkness-123456.us-east-2.aws.neon.tech/dbname?sslmode=require&channel_binding=require": "alex@ep-cool-darkness-123456.us-east-2.aws.neon.tech:5432/dbname require",
		"postgresql://alex:p@ep-cool.us-east-2.aws.neon.tech/db?options=endpoint%3Dep-cool&sslmode=verify-full&sslrootcert=system":   "alex@ep-cool.us-east-2.aws.neon.tech:5432/db verify-full options=endpoint=ep-cool",
		// Supabase: direct, session and transaction pooler, and as Prisma is told
		"postgresql://postgres:p@db.abcdefghijkl.supabase.co:5432/postgres":                                                              "postgres@db.abcdefghijkl.supabase.co:5432/postgres require",
		"postgresql://postgres.abcdefghijkl:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true":                       "postgres.abcdefghijkl@aws-0-eu-central-1.pooler.supabase.com:6543/postgres require pooled",
		"postgresql://postgres.abcdefghijkl:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pooler=transaction&sslmode=disable":   "postgres.abcdefghijkl@aws-0-eu-central-1.pooler.supabase.com:6543/postgres disable pooled",
		"postgres://u4d5:p1a2@ec2-3-95-1-2.compute-1.amazonaws.com:5432/d9f8":                                                            "u4d5@ec2-3-95-1-2.compute-1.amazonaws.com:5432/d9f8 require",                   // Heroku
		"postgresql://root:p@db.c1x2.eu-west-3.rds.amazonaws.com:5432/epev?sslmode=verify-full&sslrootcert=/etc/ssl/global-bundle.pem":   "root@db.c1x2.eu-west-3.rds.amazonaws.com:5432/epev verify-full",                // RDS
		"host=epev.postgres.database.azure.com port=5432 dbname=postgres user=root@epev password=p sslmode=require":                      "root@epev@epev.postgres.database.azure.com:5432/postgres require",              // Azure
		"postgres://root%40epev:p@epev.postgres.database.azure.com/postgres?sslmode=require":                                             "root@epev@epev.postgres.database.azure.com:5432/postgres require",              // Azure
		"postgres://root@epev:p@epev.postgres.database.azure.com/postgres?sslmode=require":                                               "root@epev@epev.postgres.database.azure.com:5432/postgres require",              // Azure, as people write it
		"postgresql://doadmin:AVNS_x-y@db-fra1-1-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require":                    "doadmin@db-fra1-1-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb require", // DigitalOcean
		"postgresql://epev:p@dpg-abc-a.frankfurt-postgres.render.com/epev_x1":                                                            "epev@dpg-abc-a.frankfurt-postgres.render.com:5432/epev_x1 require",             // Render
		"postgresql://postgres:p@viaduct.proxy.rlwy.net:12345/railway":                                                                   "postgres@viaduct.proxy.rlwy.net:12345/railway require",                         // Railway
		"postgres://postgres:p@epev-db.flycast:5432/epev?sslmode=disable":                                                                "postgres@epev-db.flycast:5432/epev disable",                                    // Fly
		"postgres://epev:p@[fdaa:0:1::3]:5432/epev?sslmode=disable":                                                                      "epev@fdaa:0:1::3:5432/epev disable",                                            // Fly, by address
		"postgresql://epev:p@51.159.26.1:23456/rdb?sslmode=verify-ca&sslrootcert=rdb.pem":                                                "epev@51.159.26.1:23456/rdb verify-ca",                                          // Scaleway
		"postgresql://uabc:p@babc-postgresql.services.clever-cloud.com:50013/babc":                                                       "uabc@babc-postgresql.services.clever-cloud.com:50013/babc require",             // Clever Cloud
		"postgres://avnadmin:p@postgresql-1-o2.database.cloud.ovh.net:20184/defaultdb?sslmode=require":                                   "avnadmin@postgresql-1-o2.database.cloud.ovh.net:20184/defaultdb require",       // OVH
		"postgresql://epev:p@/epev?host=/cloudsql/project:europe-west1:db":                                                               "epev@/cloudsql/project:europe-west1:db:5432/epev disable",                      // Cloud SQL
		"postgresql+asyncpg://epev:p@db.example.org/epev?ssl=verify-full":                                                                "epev@db.example.org:5432/epev verify-full",                                     // asyncpg
		"postgresql://db.example.org/epev?user=epev&password=p&ssl=true":                                                                 "epev@db.example.org:5432/epev require",                                         // as JDBC has it
		"postgresql://epev:p@db.example.org/epev?keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=5":              "epev@db.example.org:5432/epev require",                                         // psycopg's
		"postgresql://epev:p@db.example.org/epev?gssencmode=disable&tcp_user_timeout=10000&connect_timeout=10":                           "epev@db.example.org:5432/epev require",                                         //
		"postgresql://epev:p@db.example.org/epev?application_name=epev%20office&options=-c%20geqo%3Doff%20-c%20jit=off&sslcompression=0": "epev@db.example.org:5432/epev require options=-c geqo=off -c jit=off",          //
		"postgresql://epev:p@one,two:6432,[::1]:7000/epev?target_session_attrs=read-write&load_balance_hosts=random&sslmode=prefer":      "epev@one:5432/epev prefer two:6432 ::1:7000",                                   //
		"host=one,two,three port=6432 user=epev dbname=epev":                                                                             "epev@one:6432/epev require two:6432 three:6432",                                //
		"postgresql://epev@[::1]/epev":                                                                      "epev@::1:5432/epev prefer",                                                     //
		"postgresql://epev@::1/epev?host=::1":                                                               "",                                                                              // a URL's address stands in brackets
		"postgresql://epev@%2Frun%2Fpg:5433/epev?sslmode=verify-full":                                       "epev@/run/pg:5433/epev disable",                                                // no TLS on a socket
		"postgresql://epev@db.example.org/epev?idle_in_transaction_session_timeout=100&TimeZone=Asia/Tokyo": "epev@db.example.org:5432/epev require idle_in_transaction_session_timeout=100", // lib/pq's way
	} {
		s, err := settingsOf(dsn, nil)
		if want == "" {
			if model.KindOf(err) != model.Usage {
				t.Errorf("%s: %v", dsn, err)
			}
			continue
		}
		if got := told(s); err != nil || got != want {
			t.Errorf("%s\n became %s %v\nwant    %s", dsn, got, err, want)
		}
	}
}

func TestAPasswordIsTakenWithAnyCharacter(t *testing.T) {
	t.Parallel()
	for password, escaped := range map[string]string{
		"p@ss": "", "p:a:s": "", "p/a/s": "", "p?a": "", "p#a": "", "p&a=b": "", "p+a b": "", "p@ss/w?rd#1": "", "p@host/x": "", "[p]": "",
		`p\a'b"c`: "", "$Pa$$": "", "é€": "", "p@": "", "@": "", ":": "", "p,a": "", "p%a": "p%25a", "p a": "p%20a", "100%": "100%25",
	} {
		if escaped == "" {
			escaped = password
		}
		for _, dsn := range []string{
			"postgresql://epev:" + escaped + "@db.example.org:5433/epev?sslmode=require&application_name=a@b",
			Words([2]string{"user", "epev"}, [2]string{"password", password}, [2]string{"host", "db.example.org"}, [2]string{"port", "5433"}, [2]string{"dbname", "epev"}),
		} {
			s, err := settingsOf(dsn, nil)
			if err != nil || s.Password != password || told(s) != "epev@db.example.org:5433/epev require" {
				t.Errorf("%s: password %q of %s, %v", dsn, s.Password, told(s), err)
			}
		}
	}
}

func TestWhatAnAddressAsksForAndEpevCannotDoIsNamed(t *testing.T) {
	t.Parallel()
	for query, says := range map[string]string{
		"gssencmode=require": "its gssencmode is wrong", "require_auth=scram-sha-256": "its require_auth is wrong", "sslcrl=/x": "its sslcrl is wrong",
		"sslpassword=s3cret": "its sslpassword is wrong", "requirepeer=postgres": "its requirepeer is wrong", "sslmode=no-verify": "its sslmode is wrong",
		"sslmode=require&sslrootcert=system": "its sslmode is wrong", "sslmode=prefer&channel_binding=require": "its sslmode is wrong",
		"client_encoding=LATIN1": "its client_encoding is wrong", "connect_timeout=soon": "its connect_timeout is wrong", "port=0": "its port is wrong",
		"port=70000": "its port is wrong", "hostaddr=somewhere": "its hostaddr is wrong", "hostaddr=10.0.0.1,10.0.0.2": "its hostaddr is wrong",
		"pooler=maybe": "its pooler is wrong", "keepalives=2": "its keepalives is wrong", "sslnegotiation=direct&sslmode=prefer": "its sslmode is wrong",
		"replication=database": "its replication is wrong", "oauth_issuer=x": "its oauth_issuer is wrong",
	} {
		_, err := settingsOf("postgresql://epev:s3cret@db.example.org/epev?"+query, nil)
		if model.KindOf(err) != model.Usage || !strings.Contains(sentences.Of(err).Message, says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// SPEC 2: for an external database libpq's variables mean what libpq documents, or are refused by name.
func TestVariablesOfLibpqSayWhatTheAddressLeavesOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	services := filepath.Join(dir, "services")
	if err := os.WriteFile(services, []byte("# ours\n[other]\nhost=other\n[office]\nhost=office.example.org\nport=6000\ndbname=desk\n[odd]\nflavour=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		dsn         string
		environment map[string]string
		want, says  string
	}{
		{"user=epev host=h", map[string]string{"PGPORT": "5433", "PGDATABASE": "desk", "PGSSLMODE": "verify-full", "PGUSER": "other", "PGHOST": "g"}, "epev@h:5433/desk verify-full", ""},
		{"postgresql://epev@h/desk", map[string]string{"PGHOSTADDR": "10.0.0.7"}, "epev@10.0.0.7:5432/desk require", ""},
		{"postgresql://epev@h/desk", map[string]string{"PGREQUIRESSL": "1"}, "epev@h:5432/desk require", ""},
		{"postgresql://epev@localhost/desk", map[string]string{"PGREQUIRESSL": "1"}, "epev@localhost:5432/desk require", ""},
		{"postgresql://epev@h/desk", map[string]string{"PGOPTIONS": "-c geqo=off", "PGTZ": "Asia/Tokyo", "PGDATESTYLE": "German", "PGDATA": "/x"}, "epev@h:5432/desk require options=-c geqo=off", ""},
		{"postgresql://epev@h/desk", map[string]string{"PGGEQO": "off"}, "epev@h:5432/desk require geqo=off", ""},
		{"postgresql://epev@/", map[string]string{"PGHOST": "a,b", "PGPORT": "1,2"}, "epev@a:1/ require b:2", ""},
		{"user=epev", map[string]string{"PGSERVICE": "office", "PGSERVICEFILE": services, "PGPORT": "7000", "PGHOST": "x"}, "epev@office.example.org:6000/desk require", ""},
		{"user=epev service=office servicefile=" + services + " port=1", nil, "epev@office.example.org:1/desk require", ""},
		{"user=epev", map[string]string{"PGSERVICE": "nowhere", "PGSERVICEFILE": services}, "", "there is no service nowhere, which PGSERVICE"},
		{"user=epev", map[string]string{"PGSERVICE": "odd", "PGSERVICEFILE": services}, "", "the service odd has a parameter that is not understood: flavour"},
		{"postgresql://epev@h/desk", map[string]string{"PGSSLMODE": "maybe"}, "", "PGSSLMODE is set to what epev cannot do; it must be one of disable"},
		{"postgresql://epev@h/desk", map[string]string{"PGREQUIREAUTH": "scram-sha-256"}, "", "PGREQUIREAUTH is set to what epev cannot do"},
		{"postgresql://epev@h/desk", map[string]string{"PGCHANNELBINDING": "require"}, "", "PGCHANNELBINDING is set to what epev cannot do"},
		{"postgresql://epev@h/desk", map[string]string{"PGCHANNELBINDING": "prefer", "PGGSSENCMODE": "prefer", "PGSSLCERTMODE": "allow"}, "epev@h:5432/desk require", ""},
		{"postgresql://epev@h/desk", map[string]string{"PGGSSENCMODE": "require"}, "", "PGGSSENCMODE is set to what epev cannot do"},
		{"postgresql://epev@h/desk", map[string]string{"PGREQUIREPEER": "postgres"}, "", "PGREQUIREPEER is set to what epev cannot do"},
		{"postgresql://epev@h/desk", map[string]string{"PGCLIENTENCODING": "LATIN1"}, "", "PGCLIENTENCODING is set to what epev cannot do; it must be UTF8"},
	} {
		s, err := settingsOf(test.dsn, func(name string) string { return test.environment[name] })
		if test.says != "" {
			e, _ := err.(*model.Error)
			if e == nil || e.Kind != model.Usage || !strings.Contains(sentences.Of(e).Message+"; "+sentences.Of(e).Hint, test.says) {
				t.Errorf("%s %v: %v, want %s", test.dsn, test.environment, err, test.says)
			}
			continue
		}
		if got := told(s); err != nil || got != test.want {
			t.Errorf("%s %v\n became %s %v\nwant    %s", test.dsn, test.environment, got, err, test.want)
		}
	}
}

func TestKeepalivesAndTimeoutsOfAnAddressCount(t *testing.T) {
	t.Parallel()
	s, err := settingsOf("postgresql://u@h/d?keepalives_idle=30&keepalives_interval=10&keepalives_count=5&tcp_user_timeout=9000&connect_timeout=1&passfile=/p", nil)
	want := net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 10 * time.Second, Count: 5}
	if err != nil || s.keepAlive != want || s.userTimeout != 9*time.Second || s.ConnectTimeout != 2*time.Second || s.Passfile != "/p" {
		t.Errorf("%+v %v", s, err)
	}
	s, err = settingsOf("postgresql://u@h/d?keepalives=0&application_name=desk&connect_timeout=0", nil)
	if err != nil || s.keepAlive.Enable || s.ApplicationName != "desk" || s.ConnectTimeout != hostTimeout {
		t.Errorf("%+v %v", s, err)
	}
}

// What the settings of a pooled transaction are, a connection of epev's own is made with.
func TestSessionSettingsAreReadFromTheirStatement(t *testing.T) {
	t.Parallel()
	want := map[string]string{"search_path": "epic_events, pg_catalog", "timezone": "UTC", "default_transaction_isolation": "read committed", "statement_timeout": "25s", "lock_timeout": "10s", idleLimit: "5s"}
	for name, value := range want {
		if sessionSettings[name] != value {
			t.Errorf("%s is %q, want %q", name, sessionSettings[name], value)
		}
	}
	if d, err := time.ParseDuration(sessionSettings["statement_timeout"]); err != nil || d != statementTimeout {
		t.Errorf("statements are given %v, and told to be given %v", sessionSettings["statement_timeout"], statementTimeout)
	}
}

// FuzzAddress: an address is taken or refused, and never quoted.
func FuzzAddress(f *testing.F) {
	f.Add("postgresql://u:p@ss/w?rd@h,[::1]:1/d?sslmode=require&options=-c%20a=b")
	f.Add(`host='a b' password=it\'s port = 1`)
	f.Fuzz(func(t *testing.T, dsn string) {
		if _, err := settingsOf(dsn, nil); err != nil && model.KindOf(err) != model.Usage {
			t.Errorf("%q: %v", dsn, err)
		}
		if given, ok := parametersOfWords(Words([2]string{"password", dsn})); !ok || given["password"] != dsn && len(dsn) > 0 && strings.ToValidUTF8(dsn, "") == dsn {
			t.Errorf("%q became %q", dsn, given["password"])
		}
	})
}
