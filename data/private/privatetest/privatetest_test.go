package privatetest

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	_ "github.com/lib/pq"
)

func TestStart(t *testing.T) {
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			a, stop, err := Start("")
			if err != nil {
				t.Fatal(err)
			}
			t.Log(time.Since(begin))
			defer stop()
			db, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%d user=%s dbname=postgres sslmode=disable", a.Socket, a.Port, a.User))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var v string
			if err := db.QueryRow("select version()").Scan(&v); err != nil {
				t.Fatal(err)
			}
			t.Log(v, time.Since(begin))
			db.Close()
			stop()
			t.Log(time.Since(begin))
		})
	}
}
