package security

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/model"

	"github.com/golang-jwt/jwt/v5"
)

const (
	secretA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	secretB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func keys(t testing.TB, current, kid, previous, previousKID string) *Keys {
	t.Helper()
	k, err := NewKeys(current, kid, previous, previousKID)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t testing.TB, k *Keys) string {
	t.Helper()
	token, err := k.Sign(7, 42, "a session's secret", noon, 30*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestNewKeysRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ current, kid, previous, previousKID, want string }{
		{"", "v1", "", "v0", "SECRET_KEY is not set"},
		{"", "v1", secretB, "v0", "SECRET_KEY is not set"},
		{secretA[:31], "v1", "", "v0", "SECRET_KEY is 31 bytes long, and at least 32 are needed"},
		{secretA, "v1", secretB[:5], "v0", "SECRET_KEY_PREV is 5 bytes long, and at least 32 are needed"},
		{secretA, "", "", "v0", "JWT_KID is empty"},
		{secretA, "v1", secretB, "", "JWT_KID_PREV is empty"},
		{secretA, "v1", secretB, "v1", `JWT_KID and JWT_KID_PREV are both "v1"`},
	} {
		k, err := NewKeys(c.current, c.kid, c.previous, c.previousKID)
		if k != nil || model.KindOf(err) != model.Usage || sentences.Of(err).Message != c.want {
			t.Errorf("NewKeys(%+v) = %v, %v; want %q", c, k, err, c.want)
		}
	}
	keys(t, secretA, "v1", "", "v1") // JWT_KID_PREV means nothing without a previous key
}

func TestSignVerify(t *testing.T) {
	t.Parallel()
	k := keys(t, secretA, "v1", "", "v0")
	c, err := k.Verify(sign(t, k), noon.Add(29*time.Minute))
	if want := (Claims{7, 42, sha256.Sum256([]byte("a session's secret")), noon.Add(30 * time.Minute)}); err != nil || c != want {
		t.Fatalf("Verify = %+v, %v; want %+v", c, err, want)
	}
	if first, second := sign(t, k), sign(t, k); first == second {
		t.Error("two tokens of one session have the same jti")
	}
}

// SPEC 7: the token carries kid, HS256 and the claims that other programs know by these names.
func TestSignedTokenForm(t *testing.T) {
	t.Parallel()
	parts := strings.Split(sign(t, keys(t, secretA, "v1", "", "")), ".")
	var header, claims map[string]any
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(header) != "map[alg:HS256 kid:v1 typ:JWT]" {
		t.Errorf("header %v", header)
	}
	if claims["sub"] != "7" || claims["sid"] != 42.0 || claims["iat"] != float64(noon.Unix()) ||
		claims["exp"] != float64(noon.Unix()+1800) || len(claims["jti"].(string)) < 20 {
		t.Errorf("claims %v", claims)
	}
}

// SPEC 7: the current key signs, current and previous verify, unknown ones do not.
func TestKeyRollover(t *testing.T) {
	t.Parallel()
	before := keys(t, secretA, "v0", "", "")
	during := keys(t, secretB, "v1", secretA, "v0")
	after := keys(t, secretB, "v1", "", "")
	old, renewed := sign(t, before), sign(t, during)
	for _, c := range []struct {
		name  string
		k     *Keys
		token string
		good  bool
	}{
		{"old token during the rollover", during, old, true},
		{"old token after it", after, old, false},
		{"new token after it", after, renewed, true},
		{"new token for a program with the old key", before, renewed, false},
		{"right key under the wrong name", keys(t, secretA, "v2", "", ""), old, false},
		{"wrong key under the right name", keys(t, secretB, "v0", "", ""), old, false},
	} {
		if _, err := c.k.Verify(c.token, noon); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// forge signs what it is told with whatever key, as only the holder of the key can. What is left to
// refuse is then refused for the one thing that is wrong.
func forge(header, claims map[string]any, key string) string {
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(header) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestTokenRunsOut(t *testing.T) {
	t.Parallel()
	k := keys(t, secretA, "v1", "", "")
	token := sign(t, k)
	end := noon.Add(30 * time.Minute)
	for at, good := range map[time.Time]bool{
		noon.Add(-leeway):               true,
		noon.Add(-leeway - time.Second): false,
		end.Add(leeway - time.Second):   true,
		end.Add(leeway):                 false,
		end.Add(24 * time.Hour):         false,
	} {
		_, err := k.Verify(token, at)
		if (err == nil) != good {
			t.Errorf("at %s: %v", at, err)
		}
		if at.After(end) && !good && !errors.Is(err, jwt.ErrTokenExpired) {
			t.Errorf("at %s the cause is lost: %v", at, errors.Unwrap(err))
		}
	}
}

func TestSessionOf(t *testing.T) {
	t.Parallel()
	k := keys(t, secretA, "v1", "", "")
	token := sign(t, k)
	if got := k.SessionOf(token); got != 42 {
		t.Errorf("SessionOf = %d, want 42", got)
	}
	if got := keys(t, secretB, "v1", "", "").SessionOf(token); got != 0 {
		t.Errorf("SessionOf a token under a foreign key = %d", got)
	}
	if got := k.SessionOf(token + "\n"); got != 0 {
		t.Errorf("SessionOf another spelling = %d", got)
	}
}

func TestRefreshToken(t *testing.T) {
	t.Parallel()
	token, hash := NewRefreshToken()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 32 {
		t.Errorf("token %d bytes, %v; want 256 bits", len(raw), err)
	}
	if want := sha256.Sum256([]byte(token)); string(hash) != string(want[:]) || string(RefreshHash(token)) != string(hash) {
		t.Errorf("hash %x", hash)
	}
	if again, _ := NewRefreshToken(); again == token {
		t.Error("two refresh tokens are alike")
	}
	if string(RefreshHash(token+"\n")) == string(hash) {
		t.Error("another spelling has the same hash")
	}
}

// SPEC 7: no secret is ever shown, whichever way somebody prints the keys or what holds them.
func TestKeysAreNotPrinted(t *testing.T) {
	t.Parallel()
	k := keys(t, secretA, "v1", secretB, "v0")
	for _, v := range []any{k, struct{ K *Keys }{k}, struct{ k *Keys }{k}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			shown := fmt.Sprintf(format, v)
			// The address of the keys may hold a few of these letters by chance.
			if strings.Contains(shown, "aaaaaaaa") || strings.Contains(shown, hex.EncodeToString([]byte("aaaa"))) ||
				strings.Contains(shown, "97 97") || strings.Contains(shown, "0x61, 0x61") {
				t.Errorf("%s shows %s", format, shown)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	k := keys(f, secretA, "v1", secretB, "v0")
	// The same in each of the fuzzer's processes, as a signed one with its random jti is not.
	good := forge(map[string]any{"alg": "HS256", "typ": "JWT", "kid": "v1"}, map[string]any{"iss": "epev",
		"aud": "epev", "sub": "7", "sid": 42, "secret": "s", "exp": noon.Add(time.Hour).Unix()}, secretA)
	if _, err := k.Verify(good, noon); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", good, good + "\n", "a.b.c", "..", good[:len(good)-1],
		"eyJhbGciOiJub25lIn0.e30.", "bnVsbA.bnVsbA.AA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := k.Verify(token, noon); err == nil && token != good {
			t.Errorf("accepted %q as %+v", token, c)
		}
	})
}
