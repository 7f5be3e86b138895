package model

// A Form names what a field takes: how a value is written.
type Form string

// The forms that the parsers take.
const (
	FormText       Form = "text"
	FormAmount     Form = "amount"
	FormBool       Form = "bool"
	FormEmail      Form = "email"
	FormPhone      Form = "phone"
	FormTerritory  Form = "phone of a territory"
	FormTime       Form = "time"
	FormDate       Form = "date"
	FormTimeOfDay  Form = "time of day"
	FormYears      Form = "years"
	FormZone       Form = "zone"
	FormInteger    Form = "integer" // from {least} to {most}
	FormUsername   Form = "username"
	FormLargestSum Form = "largest amount" // {most}
)

// What is wrong with a value that was given for a field.
const (
	Empty            Fault = "empty"
	NotValid         Fault = "not valid"
	NotUTF8          Fault = "not UTF-8"
	TooLong          Fault = "too long"            // {length} characters, {most} are allowed
	LineBreak        Fault = "line break"          // {character}
	ControlCharacter Fault = "control character"   // {character}
	BidiControl      Fault = "bidi control"        // {character}
	InvisibleName    Fault = "invisible character" // {character}

	Negative     Fault = "negative"
	TooLarge     Fault = "too large"
	TooSmall     Fault = "too small"
	NotWhole     Fault = "not a whole number"
	ThreeDecimal Fault = "more than two decimals"

	NoMonth      Fault = "no such month" // {month}
	NoDay        Fault = "no such day"   // {month} of {year} has {days}
	NoTimeOfDay  Fault = "no such time of day"
	NoOffset     Fault = "no such offset"
	TooLongAgo   Fault = "too long ago"
	TooFarOff    Fault = "too far off"
	SkippedTime  Fault = "skipped by a clock change"
	SkippedDay   Fault = "skipped by a calendar" // of {place}
	NoWord       Fault = "no word"
	LocalPart    Fault = "local part too long"    // {length} bytes, {most} are allowed
	NoLetter     Fault = "no letter"              // in a username
	TooShortName Fault = "username too short"     // {length}, from {least} to {most}
	NoPhone      Fault = "not a telephone number" //
	SeveralPlans Fault = "several territories"    // {territories}
	TwoPhones    Fault = "two telephone numbers"
	Extension    Fault = "extension"
	MoreThanOne  Fault = "more than a telephone number"
)

// What the records say against a command.
const (
	NoSuchRecord Fault = "no such record" // {noun} {id}
	OtherRole    Fault = "other role"     // {username} is not of {role}
	NotActive    Fault = "not active"     // {username}
	NotSigned    Fault = "not signed"     // contract {id}
)

// What the database has against a change.
const (
	RoleTaken            Fault = "role taken"
	PermissionTaken      Fault = "permission taken"
	UsernameTaken        Fault = "username taken"
	UserEmailTaken       Fault = "e-mail of a user taken"
	ClientEmailTaken     Fault = "e-mail of a client taken"
	CompanyTaken         Fault = "company taken"
	NoSuchRole           Fault = "no such role"
	NoSuchCompany        Fault = "no such company"
	NoSuchCommercial     Fault = "no such commercial"
	NoSuchClient         Fault = "no such client"
	NoSuchContract       Fault = "no such contract"
	NoSuchSupport        Fault = "no such support user"
	TotalNoNumber        Fault = "total no number"
	RemainderNoNumber    Fault = "remainder no number"
	TotalBelowZero       Fault = "total below zero"
	RemainderBelowZero   Fault = "remainder below zero"
	RemainderAboveTotal  Fault = "remainder above total"
	PaidAgainstRemainder Fault = "paid against remainder"
	EndNotAfterStart     Fault = "end not after start"
	CountBelowZero       Fault = "count below zero"
	BreaksConstraint     Fault = "breaks a constraint" // {constraint}
	TextTooLong          Fault = "text too long for its column"
	NumberTooLarge       Fault = "number too large for its column"
	BeingChanged         Fault = "being changed"
	Crowded              Fault = "crowded"
	Stopped              Fault = "stopped"
)

// Why the database, its schema or a transaction in it cannot be used, or what became of it.
const (
	ConnectionLost      Fault = "connection lost"  // {target}
	TooSlow             Fault = "too slow"         // {patience}
	LoginRefused        Fault = "login refused"    // {target}
	NoSuchDatabase      Fault = "no such database" // {target}
	NoRight             Fault = "no right"
	ReadOnly            Fault = "read-only"            // {target}
	NoConnectionLeft    Fault = "no connection left"   // {target}
	DiskFull            Fault = "disk full"            // {target}
	StartingOrStopping  Fault = "starting or stopping" // {target}
	SchemaForbidden     Fault = "schema forbidden"
	ServerTooOld        Fault = "server too old" // {major}
	OtherEncoding       Fault = "other encoding" // {encoding}
	SchemaNewer         Fault = "schema newer"   // {version}, {newest}
	NoSchema            Fault = "no schema"
	PredecessorSchema   Fault = "schema of the predecessor"
	SchemaHalfMade      Fault = "schema half made"
	SchemaOlder         Fault = "schema older"
	SchemaInScript      Fault = "schema within a script"
	MigrationStopped    Fault = "migration stopped"
	Stale               Fault = "stale"
	ScriptStale         Fault = "stale script"
	ScriptLost          Fault = "script lost"
	ScriptIdle          Fault = "idle script"     // {patience}
	OutcomeUnknown      Fault = "outcome unknown" // {target}
	RightsChanged       Fault = "rights changed"
	ScriptSessionEnded  Fault = "session ended in a script"  // {actor}
	ScriptRightsChanged Fault = "rights changed in a script" // {actor}
	ChangedMeanwhile    Fault = "changed meanwhile"          // {noun} {id}
	NoSession           Fault = "no session"
	SandboxBusy         Fault = "sandbox busy"
	LastAssigner        Fault = "last assigner"
	ContractSigned      Fault = "contract signed"                   // {id}
	OtherCommercial     Fault = "other commercial"                  // {commercial}
	NoneUsable          Fault = "none usable"                       // {causes}
	NobodyAnswers       Fault = "nobody answers"                    // {target}
	TakesNoConnection   Fault = "takes no connection"               // {target}, {why}
	OtherKind           Fault = "other kind of server"              // {target}
	OtherLogin          Fault = "other way to log in"               // {target}
	NoPostgreSQL        Fault = "no PostgreSQL"                     // {target}
	OffersNoTLS         Fault = "offers no encryption"              // {target}
	UnknownAuthority    Fault = "unknown authority"                 // {target}
	OtherHost           Fault = "certificate of another host"       // {target}, {host}
	CertificateExpired  Fault = "certificate expired"               // {target}
	CertificateInvalid  Fault = "certificate invalid"               // {target}
	FileUnreadable      Fault = "file of the connection unreadable" // {path}, {target}, {why}
	NoCertificate       Fault = "no certificate in PEM form"
	PrivateKeyUnfit     Fault = "private key unfit"
	SpeaksNoTLS         Fault = "speaks no TLS"                 // {target}
	EncryptionEnded     Fault = "encryption ended"              // {target}, {alert}
	NoEncryption        Fault = "no encryption agreed upon"     // {target}
	WrongPassword       Fault = "wrong password"                // {target}
	NoEntry             Fault = "no entry in pg_hba.conf"       // {target}
	WrongUser           Fault = "wrong user"                    // {target}
	NoConnectRight      Fault = "no right to connect"           // {target}
	ConnectionsClosed   Fault = "connections closed"            // {target}
	ConnectionLimit     Fault = "limit of connections"          // {target}
	ParameterUnknown    Fault = "parameter unknown"             // {target}, {said}
	PoolerParameter     Fault = "parameter refused by a pooler" // {target}, {said}
	ConnectionRefused   Fault = "connection refused"            // {target}, {said}
)

// What keeps a record as it is.
const (
	BreaksRule       Fault = "breaks a rule"        // {rule}
	ContractBroken   Fault = "contract broken"      // {id}, {why}
	MendedFirst      Fault = "mended first"         // {id}, {contracts}
	PaysForEvents    Fault = "pays for events"      // {noun} {name}, {left}
	TablesUnfit      Fault = "tables unfit"         // {unfit}
	UserReferred     Fault = "user referred to"     // {noun} {name}, {left}
	CompanyReferred  Fault = "company referred to"  // {noun} {name}, {left}
	ClientReferred   Fault = "client referred to"   // {noun} {name}, {left}
	EventReferred    Fault = "event referred to"    // {noun} {name}, {left}
	RoleReferred     Fault = "role referred to"     // {noun} {name}, {left}
	ContractReferred Fault = "contract referred to" // {noun} {name}, {left}
)

// Counted is how many of a noun there are.
type Counted struct {
	N    int64
	Noun string
}
