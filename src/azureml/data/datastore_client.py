"""Names that the old SDK's datastore client shared; datastores are found through `azureml.core.Datastore`."""

from azureml.data.abstract_datastore import AbstractDatastore as AbstractDatastore
from azureml.data.azure_data_lake_datastore import AzureDataLakeDatastore as AzureDataLakeDatastore
from azureml.data.azure_data_lake_datastore import AzureDataLakeGen2Datastore as AzureDataLakeGen2Datastore
from azureml.data.azure_my_sql_datastore import AzureMySqlDatastore as AzureMySqlDatastore
from azureml.data.azure_postgre_sql_datastore import AzurePostgreSqlDatastore as AzurePostgreSqlDatastore
from azureml.data.azure_sql_database_datastore import AzureSqlDatabaseDatastore as AzureSqlDatabaseDatastore
from azureml.data.azure_storage_datastore import AzureBlobDatastore as AzureBlobDatastore
from azureml.data.azure_storage_datastore import AzureFileDatastore as AzureFileDatastore
from azureml.data.dbfs_datastore import DBFSDatastore as DBFSDatastore
from azureml.data.hdfs_datastore import HDFSDatastore as HDFSDatastore
from azureml.exceptions import UserErrorException as UserErrorException
