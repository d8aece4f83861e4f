import LatchkeyDatabase

/// What finds entries.
package enum HistoryLookupMigrations {
    package static let all = [byKind]

    /// Subject, actor and action have theirs from the beginning; times need none, because they rise with `seq`.
    static let byKind = Migration(
        number: 89, name: "history by the kind of what it is about",
        statements: ["CREATE INDEX history_by_kind ON history (chain, subject_kind, seq)"])
}
