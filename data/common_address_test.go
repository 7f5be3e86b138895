package data_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

// The ways in which common addresses name a server lead to it, or are refused for what they ask.
func TestCommonAddressesReachTheServer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u := mustParse(t, d.dsn)
	socket, port := u.Query().Get("host"), u.Query().Get("port")
	plain := encrypted(t, d.dsn, nil)
	addresses := map[string]bool{
		"postgresql://epev_owner@%2F" + url.PathEscape(socket[1:]) + ":" + port + u.Path:                                                true,
		"postgresql://epev_owner@" + u.Path + "?host=" + socket + "&port=" + port:                                                       true,
		"postgresql+psycopg2://epev_owner:p%40ss@" + u.Path + "?host=" + url.QueryEscape(socket) + "&port=" + port:                      true,
		"host='" + socket + "' port=" + port + " user=epev_owner dbname=" + u.Path[1:]:                                                  true,
		"host=127.0.0.1,127.0.0.1 port=1," + fmt.Sprint(plain) + " user=epev_owner connect_timeout=3 dbname=" + u.Path[1:]:              true,
		fmt.Sprintf("postgresql://epev_owner@127.0.0.1:1,127.0.0.1:%d%s?target_session_attrs=read-write&sslmode=prefer", plain, u.Path): true,
		fmt.Sprintf("postgresql://epev_owner:%%40:/?#@127.0.0.1:%d%s?sslmode=allow", plain, u.Path):                                     true,
		fmt.Sprintf("postgresql://epev_owner:@:/?#@127.0.0.1:%d%s?sslmode=disable", plain, u.Path):                                      true,
		fmt.Sprintf("postgresql://epev_owner@localhost:%d%s?options=-c%%20geqo%%3Doff&hostaddr=127.0.0.1", plain, u.Path):               true,
	}
	for attrs, fits := range map[string]bool{"any": true, "read-write": true, "primary": true, "prefer-standby": true, "read-only": false, "standby": false} {
		addresses[d.dsn+"&target_session_attrs="+attrs] = fits
	}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				client, err := l.Accept()
				if err != nil {
					return
				}
				server, err := net.Dial("unix", filepath.Join(socket, ".s.PGSQL."+port))
				if err != nil {
					client.Close()
					continue
				}
				go func() { io.Copy(server, client); server.Close() }()
				go func() { io.Copy(client, server); client.Close() }()
			}
		}()
		six := l.Addr().(*net.TCPAddr).Port
		addresses[fmt.Sprintf("postgresql://epev_owner@[::1]:%d%s?sslmode=disable", six, u.Path)] = true
		addresses[fmt.Sprintf("postgresql://epev_owner@[::1]:%d%s", six, u.Path)] = true
		addresses[fmt.Sprintf("host=::1 port=%d user=epev_owner dbname=%s", six, u.Path[1:])] = true
	}
	for dsn, reaches := range addresses {
		_, err := open(t, dsn).Info(t.Context())
		if reaches && err != nil || !reaches && (model.KindOf(err) != model.Unavailable || !contains(sentences.Of(err).Message, "target_session_attrs")) {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
