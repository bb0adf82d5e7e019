//! Statements that go to the database's thread in one trip: a trip costs more than most
//! statements, and while one commit makes its trips all others wait.

use futures::TryStreamExt;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Either, Encode, Executor, Type};

use super::failed;
use crate::store::{Result, StoreError};

/// Statements in one trip, at most: each mixture of them is kept prepared.
const MOST: usize = 32;

/// Statements and what they are written with.
#[derive(Debug, Default)]
pub(super) struct Batch {
    trips: Vec<Trip>,
}

#[derive(Debug, Default)]
struct Trip {
    sql: String,
    arguments: SqliteArguments,
    statements: Vec<Expected>,
    /// A value that has no form in the database.
    broken: Option<String>,
}

/// What a statement has to come to; nothing in particular unless told.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    /// It changes this kind of row; where there is none any more, it moved meanwhile.
    changes: Option<&'static str>,
    /// This kind of row has a unique place.
    is_new: Option<&'static str>,
    /// Who finds the place taken comes too late, and decides again.
    taken_is_stale: bool,
}

/// A statement that is being written.
#[derive(Debug)]
pub(super) struct Statement<'a>(&'a mut Trip);

/// What the statements of a batch came to.
#[derive(Debug, Default)]
pub(super) struct Came {
    /// The last row that stood in a table after each.
    pub(super) row_ids: Vec<i64>,
    /// What they returned.
    pub(super) rows: Vec<SqliteRow>,
}

impl Batch {
    /// One more statement, with a `?` for each of its values in their order.
    pub(super) fn add(&mut self, sql: &'static str) -> Statement<'_> {
        if self
            .trips
            .last()
            .is_none_or(|trip| trip.statements.len() >= MOST)
        {
            self.trips.push(Trip::default());
        }
        let last = self.trips.len() - 1;
        let trip = &mut self.trips[last];
        trip.sql.push_str(sql);
        trip.sql.push(';');
        trip.statements.push(Expected::default());
        Statement(trip)
    }

    /// How many statements there are.
    pub(super) fn len(&self) -> usize {
        self.trips.iter().map(|trip| trip.statements.len()).sum()
    }

    /// Runs them in their order, up to the first that does not come to what is expected of it.
    pub(super) async fn run(&self, connection: &mut SqliteConnection) -> Result<Came> {
        let mut came = Came::default();
        for trip in &self.trips {
            trip.run(connection, &mut came).await?;
        }
        Ok(came)
    }
}

impl Trip {
    async fn run(&self, connection: &mut SqliteConnection, came: &mut Came) -> Result<()> {
        if let Some(why) = &self.broken {
            return Err(StoreError::Failed(why.clone().into()));
        }
        let sql = AssertSqlSafe(self.sql.clone());
        let query = sqlx::query_with::<Sqlite, _>(sql, self.arguments.clone());
        let mut told = connection.fetch_many(query);
        let mut statements = self.statements.iter();
        loop {
            let done = match told.try_next().await {
                Ok(Some(Either::Left(done))) => done,
                Ok(Some(Either::Right(row))) => {
                    came.rows.push(row);
                    continue;
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    let expected = statements.next().copied().unwrap_or_default();
                    return Err(expected.failed(error));
                }
            };
            let changes = statements.next().and_then(|expected| expected.changes);
            if let (Some(what), 0) = (changes, done.rows_affected()) {
                return Err(StoreError::Stale { what });
            }
            came.row_ids.push(done.last_insert_rowid());
        }
    }
}

impl Expected {
    fn failed(self, error: sqlx::Error) -> StoreError {
        match (self.is_new, &error) {
            (Some(what), sqlx::Error::Database(database)) if database.is_unique_violation() => {
                if self.taken_is_stale {
                    StoreError::Stale { what }
                } else {
                    StoreError::Exists { what }
                }
            }
            _ => failed(error),
        }
    }
}

impl Statement<'_> {
    /// The next value.
    pub(super) fn bind<'v, T: Encode<'v, Sqlite> + Type<Sqlite>>(self, value: T) -> Self {
        if let Err(error) = self.0.arguments.add(value) {
            self.0.broken = Some(error.to_string());
        }
        self
    }

    /// It has to change this kind of row; else that is [`StoreError::Stale`].
    pub(super) fn changes(mut self, what: &'static str) -> Self {
        self.expected().changes = Some(what);
        self
    }

    /// It makes this kind of row; where its place is taken, that is [`StoreError::Exists`].
    pub(super) fn makes(mut self, what: &'static str) -> Self {
        self.expected().is_new = Some(what);
        self
    }

    /// It makes this kind of row; where its place is taken, that is [`StoreError::Stale`].
    pub(super) fn makes_first(mut self, what: &'static str) -> Self {
        self.expected().is_new = Some(what);
        self.expected().taken_is_stale = true;
        self
    }

    fn expected(&mut self) -> &mut Expected {
        let last = self.0.statements.len() - 1;
        &mut self.0.statements[last]
    }
}
