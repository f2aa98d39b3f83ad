package main

import "time"

type config struct {
	Database, OwnerDatabase, DataDir, Listen, TLSCert, TLSKey string
	TrustedProxies                                            []string
	CheckpointDir, KeyFile, LogLevel, LogFormat               string
	SessionIdle, SessionAbsolute                              time.Duration
	MaxUpload                                                 int64
	RateLimit                                                 int
	MetricsToken, Zone, ZoneName                              string
}
