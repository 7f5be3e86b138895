package attacktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// A kept session is what stands in a session file.
type kept struct {
	Current struct {
		Access  string `json:"access"`
		Refresh string `json:"refresh"`
	} `json:"current"`
	Next map[string]string `json:"next,omitempty"`
}

// forge returns a session file's content with its access token made anew, as the README of testdata/attacks tells. It
// signs by itself: whatever epev signs, it would never sign these.
func forge(content []byte, changes []string, key string, now time.Time) ([]byte, error) {
	var file kept
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	parts := strings.Split(file.Current.Access, ".")
	header, claims := map[string]any{}, map[string]any{}
	for i, into := range []*map[string]any{&header, &claims} {
		part, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(part, into)
		}
		if err != nil {
			return nil, err
		}
	}
	access, renewed, altered, parted, after := "", "unknown", false, 3, ""
	for _, change := range changes {
		name, value, err := cutAround(change)
		if err != nil {
			return nil, err
		}
		switch of, inHeader := strings.CutPrefix(name, "h."); {
		case name == "key":
			key = value
		case name == "access" && value == "refresh":
			access, parted = file.Current.Refresh, 1
		case name == "access":
			access, parted = value, strings.Count(value, ".")+1
		case name == "refresh" && value == "kept":
			renewed = file.Current.Refresh
		case name == "next" && value == "kept":
			file.Next = map[string]string{"access": "", "refresh": file.Current.Refresh}
		case name == "refresh":
			renewed = value
		case name == "last" && value == "altered":
			altered = true
		case name == "parts":
			parted, err = strconv.Atoi(value)
		case name == "after":
			after, err = strconv.Unquote(`"` + value + `"`)
		case inHeader:
			set(header, of, value, now)
		default:
			set(claims, name, value, now)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", change, err)
		}
	}
	if access == "" {
		signed, err := signed(header, claims, key)
		if err != nil {
			return nil, err
		}
		access = signed
	}
	if altered { // the last bits of which a lenient decoder drops
		last := strings.IndexByte(alphabet, access[len(access)-1])
		access = access[:len(access)-1] + string(alphabet[last^1])
	}
	access = strings.Join(strings.Split(access, ".")[:parted], ".") + after
	file.Current.Access, file.Current.Refresh = access, renewed
	return json.Marshal(file)
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// set changes one value of a header or of claims.
func set(in map[string]any, name, text string, now time.Time) {
	var value any
	if away, err := time.ParseDuration(strings.TrimPrefix(text, "now")); strings.HasPrefix(text, "now") && err == nil {
		value = now.Add(away).Unix()
	} else if json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	if in[name] = value; text == "" {
		delete(in, name)
	}
}

// signed is a token of that header and those claims. The algorithm that its header names signs it, if it is one of HMAC's;
// "none", however it is written, leaves it without a signature.
func signed(header, claims map[string]any, key string) (string, error) {
	var parts []string
	for _, part := range []map[string]any{header, claims} {
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	text := strings.Join(parts, ".")
	algorithm := fmt.Sprint(header["alg"])
	if strings.EqualFold(algorithm, "none") {
		return text + ".", nil
	}
	by := map[string]func() hash.Hash{"HS384": sha512.New384, "HS512": sha512.New}[algorithm]
	if by == nil {
		by = sha256.New
	}
	mac := hmac.New(by, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
