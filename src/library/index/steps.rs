//! How the index came to be what it is: every table, step by step. It knows no row.

/// The steps from an empty database to today's: step `n` leads to version `n + 1`. Steps are added, never changed.
pub(super) const STEPS: [&str; 10] = [
    "
    CREATE TABLE frames (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, user_key TEXT NOT NULL, camera TEXT NOT NULL, camera_key TEXT NOT NULL,
        seq INTEGER NOT NULL, captured_at INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
        bytes INTEGER NOT NULL, format TEXT NOT NULL, score REAL NOT NULL, event INTEGER, peak INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX frames_by_time ON frames (captured_at, id);
    CREATE INDEX frames_by_user ON frames (user_key, captured_at, id);
    CREATE INDEX frames_by_camera ON frames (user_key, camera_key, captured_at, id);
    CREATE INDEX frames_by_event ON frames (event, captured_at, id) WHERE event IS NOT NULL;
    CREATE TABLE trash (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, user_key TEXT NOT NULL, camera TEXT NOT NULL, camera_key TEXT NOT NULL,
        seq INTEGER NOT NULL, captured_at INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
        bytes INTEGER NOT NULL, format TEXT NOT NULL, score REAL NOT NULL, event INTEGER, peak INTEGER NOT NULL,
        deleted_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, user_key TEXT NOT NULL, camera TEXT NOT NULL, camera_key TEXT NOT NULL,
        start INTEGER NOT NULL, end INTEGER, peak INTEGER NOT NULL, peak_score REAL NOT NULL
    ) STRICT;
    CREATE INDEX events_by_time ON events (start, id);
    CREATE INDEX events_by_user ON events (user_key, start, id);
    CREATE TABLE notes (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
",
    // How much a user has is told without looking up a row, and frames of a camera without naming its user are found.
    "
    DROP INDEX frames_by_user;
    CREATE INDEX frames_by_user ON frames (user_key, captured_at, id, bytes);
    CREATE INDEX frames_by_camera_name ON frames (camera_key, captured_at, id);
",
    // What was seen in every frame, in chunks of some seconds of one stream; `size` is what a row takes in all.
    "
    CREATE TABLE traces (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, user_key TEXT NOT NULL, camera TEXT NOT NULL, camera_key TEXT NOT NULL,
        start INTEGER NOT NULL, end INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX traces_by_camera ON traces (user_key, camera_key, start, id);
    CREATE INDEX traces_by_end ON traces (end, size);
",
    // What every second of every stream was, ten minutes a row.
    "
    CREATE TABLE ledger (
        user_key TEXT NOT NULL, camera_key TEXT NOT NULL, page INTEGER NOT NULL, user TEXT NOT NULL, camera TEXT NOT NULL,
        bytes BLOB NOT NULL, PRIMARY KEY (user_key, camera_key, page)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX ledger_by_page ON ledger (page);
",
    // The queue of jobs, so that what is done and what is to be done about it are written as one.
    "
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, payload TEXT NOT NULL, priority INTEGER NOT NULL,
        state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, most_attempts INTEGER NOT NULL, run_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, worker TEXT, progress REAL NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT '', log TEXT NOT NULL DEFAULT '', cancelling INTEGER NOT NULL DEFAULT 0,
        lease_until INTEGER NOT NULL DEFAULT 0, key TEXT UNIQUE
    ) STRICT;
    CREATE INDEX jobs_due ON jobs (state, priority, run_at, id);
    CREATE TABLE workers (
        name TEXT PRIMARY KEY, machine TEXT NOT NULL, version TEXT NOT NULL, job INTEGER, since INTEGER NOT NULL,
        seen INTEGER NOT NULL
    ) STRICT;
",
    // Recordings that are closed; what is still open lies in a folder of its own. A deleted one stays for a while, so that a
    // phone that goes on sending it learns why it is gone.
    "
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, user_key TEXT NOT NULL, camera TEXT NOT NULL, camera_key TEXT NOT NULL,
        started_at INTEGER NOT NULL, mime TEXT NOT NULL, format TEXT NOT NULL, bytes INTEGER NOT NULL,
        chunks INTEGER NOT NULL, duration_ms INTEGER, state TEXT NOT NULL, reason TEXT, deleted_at INTEGER
    ) STRICT;
    CREATE INDEX recordings_by_time ON recordings (started_at, id);
    CREATE INDEX recordings_by_user ON recordings (user_key, started_at, id);
",
    // What was made of recordings, and which events were found in one rather than seen live.
    "
    CREATE TABLE made (recording INTEGER PRIMARY KEY, of_bytes INTEGER NOT NULL, facts TEXT NOT NULL) STRICT;
    ALTER TABLE events ADD COLUMN recording INTEGER;
    CREATE INDEX events_by_recording ON events (recording) WHERE recording IS NOT NULL;
    CREATE INDEX events_by_camera ON events (user_key, camera_key, start);
",
    // Films that were made; a deleted one can be restored for a while.
    "
    CREATE TABLE clips (
        id INTEGER PRIMARY KEY, user TEXT NOT NULL, user_key TEXT NOT NULL, camera TEXT NOT NULL, camera_key TEXT NOT NULL,
        kind TEXT NOT NULL, number INTEGER NOT NULL, started_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
        duration_ms INTEGER, has_sound INTEGER, deleted_at INTEGER
    ) STRICT;
    CREATE INDEX clips_by_time ON clips (started_at, id);
    CREATE INDEX clips_by_user ON clips (user_key, started_at, id);
    CREATE INDEX clips_by_number ON clips (number);
",
    // How often the worker of a job vanished in the middle of it.
    "
    ALTER TABLE jobs ADD COLUMN vanished INTEGER NOT NULL DEFAULT 0;
",
    // What a film shows that somebody ordered: frames, a recording or a clip, each by its number. It goes with them.
    "
    CREATE TABLE shown (what INTEGER NOT NULL, film INTEGER NOT NULL, PRIMARY KEY (what, film)) STRICT, WITHOUT ROWID;
    CREATE INDEX shown_by_film ON shown (film, what);
",
];
