//! Whether the index is damaged, and how far. Traces are most of it, and the only thing in it that can be spared.

use rusqlite::Connection;

use crate::library::index::IndexError;

/// Checks what frames and events need, which takes no longer the more traces there are.
pub(super) fn all_but_traces(connection: &Connection) -> Result<(), IndexError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'traces'";
    let mut statement = connection.prepare(sql)?;
    let tables = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    tables.iter().try_for_each(|table| quick_check(connection, &format!("\"{table}\"")))
}

/// Checks the traces too, of an index in which [`all_but_traces`] are whole. Where they are damaged they begin anew, with the
/// step that `makes` them.
pub(super) fn traces_or_new(connection: &mut Connection, makes: &str) -> Result<(), IndexError> {
    let Err(error) = quick_check(connection, "1") else { return Ok(()) };
    tracing::warn!(%error, "the traces in the index are damaged and begin anew");
    let transaction = connection.transaction()?;
    // Removing the table would read its damaged pages. It is forgotten instead, and its pages are left behind below.
    transaction.execute_batch(
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE tbl_name = 'traces'; PRAGMA writable_schema = RESET",
    )?;
    transaction.execute_batch(makes)?;
    transaction.commit()?;
    connection.execute_batch("VACUUM")?;
    quick_check(connection, "1")
}

/// Checks a table with its indices, or all (`1`: up to the first thing that is wrong).
fn quick_check(connection: &Connection, what: &str) -> Result<(), IndexError> {
    let verdict: String = connection.query_row(&format!("PRAGMA quick_check({what})"), [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(IndexError::Damaged(verdict)) }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Seek, SeekFrom, Write};
    use std::path::Path;

    use super::*;
    use crate::library::index::Index;

    /// Overwrites the first page of a table or an index in the file.
    fn damage(path: &Path, name: &str) {
        let connection = Connection::open(path).unwrap();
        let page = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned();
        let root = page(&format!("SELECT rootpage FROM sqlite_schema WHERE name = '{name}'"));
        let size = page("PRAGMA page_size");
        drop(connection);
        let mut file = File::options().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start((root - 1) * size)).unwrap();
        file.write_all(&vec![0xa5; usize::try_from(size).unwrap()]).unwrap();
    }

    #[test]
    fn damaged_traces_do_not_cost_the_frames() {
        for part in ["traces", "traces_by_end", "frames", "frames_by_time"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("index.sqlite");
            let index = Index::open(&path, false).unwrap();
            let rows =
                "INSERT INTO frames VALUES (7, 'Anna', 'anna', 'front', 'front', 3, 50, 64, 48, 999, 'jpg', 0.5, 9, 1);
                INSERT INTO traces VALUES (1, 'Anna', 'anna', 'front', 'front', 40, 90, 8, x'01');";
            index.connection.execute_batch(rows).unwrap();
            drop(index);
            damage(&path, part);
            let opened = Index::open(&path, true);
            if !part.starts_with("traces") {
                assert!(opened.err().expect("it must be refused").is_lost(), "{part}");
                continue;
            }
            let mut index = opened.unwrap();
            let count =
                |index: &Index, sql: &str| index.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(count(&index, "SELECT seq FROM frames ORDER BY captured_at"), 3);
            assert_eq!(count(&index, "SELECT count(*) FROM traces"), 0);
            index.transaction().unwrap().execute_batch(rows.split_once(';').unwrap().1).unwrap();
        }
    }
}
