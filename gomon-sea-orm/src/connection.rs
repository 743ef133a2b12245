//! What databases and transactions of SeaORM have in common: both run statements and begin transactions.

/// Has a wrapper implement what its inner connection does, by its `run`.
macro_rules! forward_connection {
    ($wrapper:ident) => {
        #[async_trait]
        impl<C: ConnectionTrait> ConnectionTrait for $wrapper<C> {
            fn get_database_backend(&self) -> DbBackend {
                self.inner.get_database_backend()
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.run().execute(statement).await
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.run().execute_unprepared(sql).await
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                self.run().query_one(statement).await
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.run().query_all(statement).await
            }

            fn support_returning(&self) -> bool {
                self.inner.support_returning()
            }

            fn is_mock_connection(&self) -> bool {
                self.inner.is_mock_connection()
            }
        }

        impl<C: StreamTrait> StreamTrait for $wrapper<C> {
            type Stream<'a>
                = MonitoredStream<C::Stream<'a>>
            where
                Self: 'a;

            fn get_database_backend(&self) -> DbBackend {
                self.inner.get_database_backend()
            }

            fn stream_raw<'a>(
                &'a self,
                statement: Statement,
            ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
                self.run().stream(statement)
            }
        }

        #[async_trait]
        impl<C> TransactionTrait for $wrapper<C>
        where
            C: ConnectionTrait + TransactionTrait,
        {
            type Transaction = MonitoredTransaction<C::Transaction>;

            async fn begin(&self) -> Result<Self::Transaction, DbErr> {
                MonitoredTransaction::begin_in(self.run(), None, self.inner.begin()).await
            }

            async fn begin_with_config(
                &self,
                isolation: Option<IsolationLevel>,
                access: Option<AccessMode>,
            ) -> Result<Self::Transaction, DbErr> {
                let begun = self.inner.begin_with_config(isolation, access);
                MonitoredTransaction::begin_in(self.run(), isolation, begun).await
            }

            async fn begin_with_options(
                &self,
                options: TransactionOptions,
            ) -> Result<Self::Transaction, DbErr> {
                let isolation = options.isolation_level;
                let begun = self.inner.begin_with_options(options);
                MonitoredTransaction::begin_in(self.run(), isolation, begun).await
            }

            async fn transaction<F, R, E>(&self, callback: F) -> Result<R, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c Self::Transaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<R, E>> + Send + 'c>>
                    + Send,
                R: Send,
                E: fmt::Display + fmt::Debug + Send,
            {
                run_in(TransactionTrait::begin(self).await, callback).await
            }

            async fn transaction_with_config<F, R, E>(
                &self,
                callback: F,
                isolation: Option<IsolationLevel>,
                access: Option<AccessMode>,
            ) -> Result<R, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c Self::Transaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<R, E>> + Send + 'c>>
                    + Send,
                R: Send,
                E: fmt::Display + fmt::Debug + Send,
            {
                run_in(self.begin_with_config(isolation, access).await, callback).await
            }
        }

        impl<C> Deref for $wrapper<C> {
            type Target = C;

            fn deref(&self) -> &C {
                &self.inner
            }
        }
    };
}

pub(super) use forward_connection;
