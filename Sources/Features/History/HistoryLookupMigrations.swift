import LatchkeyDatabase

/// What finds entries.
package enum HistoryLookupMigrations {
    package static let all = [byKind, bySubject]

    /// Subject, actor and action have theirs from the beginning; times need none, because they rise with `seq`.
    static let byKind = Migration(
        number: 89, name: "history by the kind of what it is about",
        statements: ["CREATE INDEX history_by_kind ON history (chain, subject_kind, seq)"])

    /// What became of one thing is told by its index alone, so that going back through many years opens the entries that it needs and no others.
    static let bySubject = Migration(
        number: 110, name: "history of a thing by its index",
        statements: ["DROP INDEX history_by_subject", "CREATE INDEX history_by_subject ON history (chain, subject_id, seq, action, at)"])
}
