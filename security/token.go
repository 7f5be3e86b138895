package security

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"epev/model"

	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer   = "epev"
	audience = "epev"
	// minSecretBytes is the least that SECRET_KEY may hold: the output size of HS256's hash.
	minSecretBytes = 32
	// leeway forgives the clocks of two machines that differ a little.
	leeway = 5 * time.Second
	// maxTokenBytes is far above what Sign makes, and keeps a planted file from costing much.
	maxTokenBytes = 4096
	// tokenAlphabet is base64url and the separator. The decoder skips line breaks even when strict,
	// so that the alphabet is checked first: one session has one spelling of its token.
	tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
)

// Keys signs access tokens with the current key and verifies with the current and the previous one.
type Keys struct {
	currentKID string
	// secret returns the key of that id, nil for an unknown one. It is a function because package
	// fmt looks into every field, but into no function: keys cannot be printed by accident.
	secret func(kid string) []byte
}

// NewKeys takes SECRET_KEY and JWT_KID, SECRET_KEY_PREV and JWT_KID_PREV; previous may be empty, for
// none. Errors are of kind Usage and name the variable.
func NewKeys(current, currentKID, previous, previousKID string) (*Keys, error) {
	if current == "" {
		return nil, &model.Error{Kind: model.Usage, Fault: "secret-not-set"}
	}
	type key struct{ name, secret, kidName, kid string }
	keys := []key{{"SECRET_KEY", current, "JWT_KID", currentKID}}
	if previous != "" {
		keys = append(keys, key{"SECRET_KEY_PREV", previous, "JWT_KID_PREV", previousKID})
	}
	secrets := make(map[string][]byte)
	for _, k := range keys {
		if len(k.secret) < minSecretBytes {
			return nil, &model.Error{Kind: model.Usage, Fault: "secret-too-short",
				Facts: model.Facts{"name": k.name, "length": len(k.secret), "least": minSecretBytes}}
		}
		if k.kid == "" {
			return nil, &model.Error{Kind: model.Usage, Fault: "key-without-name", Facts: model.Facts{"name": k.kidName}}
		}
		if _, taken := secrets[k.kid]; taken {
			return nil, &model.Error{Kind: model.Usage, Fault: "keys-of-one-name", Value: k.kid, Facts: model.Facts{"name": k.kidName}}
		}
		secrets[k.kid] = []byte(k.secret)
	}
	return &Keys{currentKID, func(kid string) []byte { return secrets[kid] }}, nil
}

// leastDifferent is how many different characters SECRET_KEY must have. Of 32 random digits all but one in ten million
// have as many.
const leastDifferent = 6

// CheckSecret refuses a SECRET_KEY that is a few characters again and again. NewKeys takes such a key as the previous one:
// tokens that it has signed are verified until they run out, so that there is a way out.
func CheckSecret(secret string) error {
	different := map[string]bool{}
	for rest := secret; rest != ""; {
		_, size := utf8.DecodeRuneInString(rest)
		different[rest[:size]], rest = true, rest[size:]
	}
	if secret != "" && len(different) < leastDifferent {
		return &model.Error{Kind: model.Usage, Fault: "secret-of-few-characters",
			Facts: model.Facts{"different": len(different), "least": leastDifferent}}
	}
	return nil
}

// Claims is what a verified access token says.
type Claims struct {
	UserID    int64
	SessionID int64
	// SecretHash is that of the session's secret, for the database to compare: ids can be guessed.
	SecretHash [sha256.Size]byte
	Expires    time.Time
}

// tokenClaims are the claims as they stand in the token.
type tokenClaims struct {
	jwt.RegisteredClaims
	SessionID int64  `json:"sid"`
	Secret    string `json:"secret"`
}

// Sign returns an access token, a JWT signed HS256 with the current key, that is good from now until
// now plus lifetime (whole seconds). It carries the session's secret, from NewSessionSecret.
func (k *Keys) Sign(userID, sessionID int64, secret string, now time.Time, lifetime time.Duration) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, tokenClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Subject:   strconv.FormatInt(userID, 10),
			Audience:  jwt.ClaimStrings{audience},
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
			ID:        rand.Text(),
		},
		SessionID: sessionID,
		Secret:    secret,
	})
	token.Header["kid"] = k.currentKID
	signed, err := token.SignedString(k.secret(k.currentKID))
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return signed, nil
}

// Verify returns what an access token says, if it was signed by the current or previous key for this
// program and has not run out at now (SPEC 7). Anything else is an Unauthenticated error, whose cause
// tells the log why; a refresh token that is still good opens the session again.
func (k *Keys) Verify(token string, now time.Time) (Claims, error) {
	c, err := k.parse(token,
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }))
	if err == nil && SecretOf(token) == "" {
		err = errors.New("it is of the time before session secrets, and counts as expired")
	}
	if err != nil {
		return Claims{}, &model.Error{Kind: model.Unauthenticated, Fault: "no-session", Try: []string{"login"}, Err: err}
	}
	return c, nil
}

// NewSessionSecret returns a secret of 256 random bits for the access tokens of one session.
func NewSessionSecret() string {
	secret, _ := NewRefreshToken()
	return secret
}

// SecretOf returns the secret that an access token carries, also when the token has run out or was signed with a
// key of long ago; "" where it carries none. The token proves nothing by it: only the database knows whether it is
// the session's.
func SecretOf(token string) string {
	var in tokenClaims
	if len(token) > maxTokenBytes {
		return ""
	}
	if _, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, &in); err != nil {
		return ""
	}
	return in.Secret
}

// SessionOf returns the session that an access token was signed for, also when the token has run
// out; 0 for a token that is not ours. It tells two shells of one session that they are, and opens nothing.
func (k *Keys) SessionOf(token string) int64 {
	c, _ := k.parse(token, jwt.WithoutClaimsValidation())
	return c.SessionID
}

func (k *Keys) parse(token string, validation ...jwt.ParserOption) (Claims, error) {
	if len(token) > maxTokenBytes || strings.Trim(token, tokenAlphabet) != "" {
		return Claims{}, jwt.ErrTokenMalformed
	}
	parser := jwt.NewParser(append(validation, jwt.WithStrictDecoding(), jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}))...)
	var in tokenClaims
	if _, err := parser.ParseWithClaims(token, &in, k.key); err != nil {
		return Claims{}, err
	}
	userID, err := strconv.ParseInt(in.Subject, 10, 64)
	if err != nil || userID < 1 || in.Subject != strconv.FormatInt(userID, 10) || in.SessionID < 1 {
		return Claims{}, jwt.ErrTokenInvalidSubject
	}
	if len(in.Audience) > 1 { // the library is content with ours among others
		return Claims{}, jwt.ErrTokenInvalidAudience
	}
	c := Claims{UserID: userID, SessionID: in.SessionID}
	copy(c.SecretHash[:], RefreshHash(in.Secret))
	if in.ExpiresAt != nil {
		c.Expires = in.ExpiresAt.UTC()
	}
	return c, nil
}

// key finds the key that verifies t. The library ignores typ and crit: a token of another type is
// not ours, and neither is one whose header says more than Sign writes, such as a critical extension.
func (k *Keys) key(t *jwt.Token) (any, error) {
	if t.Header["typ"] != "JWT" {
		return nil, errors.New("typ is not JWT")
	}
	for name := range t.Header {
		if name != "alg" && name != "kid" && name != "typ" {
			return nil, errors.New("its header says more than alg, kid and typ")
		}
	}
	kid, _ := t.Header["kid"].(string)
	if secret := k.secret(kid); secret != nil {
		return secret, nil
	}
	return nil, errors.New("kid is unknown")
}

// NewRefreshToken returns a refresh token of 256 random bits and the hash by which the database knows its session.
func NewRefreshToken() (token string, hash []byte) {
	var bits [32]byte
	rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	token = base64.RawURLEncoding.EncodeToString(bits[:])
	return token, RefreshHash(token)
}

// RefreshHash returns the SHA-256 of a refresh token or a session's secret, 32 bytes. A slow hash would add nothing: 256 random bits
// cannot be guessed. Finding a row by it is as good as comparing in constant time, since whoever
// times the search learns about the hash and not about the token.
func RefreshHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
