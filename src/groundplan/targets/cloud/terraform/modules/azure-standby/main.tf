# What outlives the other cloud: copies, and a small cluster and a server that they can be brought back into.
resource "azurerm_resource_group" "this" {
  name     = var.name
  location = var.location
  tags     = var.tags
}

resource "azurerm_log_analytics_workspace" "this" {
  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  sku                 = "PerGB2018"
  retention_in_days   = var.log_days
  tags                = var.tags
}

resource "azurerm_container_registry" "this" {
  #checkov:skip=CKV_AZURE_233:the standby is one region, and zones are on
  #checkov:skip=CKV_AZURE_165:as above
  #checkov:skip=CKV_AZURE_139:images are pushed here from the other cloud
  #checkov:skip=CKV_AZURE_164:images are signed and verified by cosign
  #checkov:skip=CKV_AZURE_166:images are scanned before they are pushed
  #checkov:skip=CKV_AZURE_167:versions of releases are kept
  name                    = var.registry
  location                = var.location
  resource_group_name     = azurerm_resource_group.this.name
  sku                     = "Premium"
  admin_enabled           = false
  anonymous_pull_enabled  = false
  data_endpoint_enabled   = true
  zone_redundancy_enabled = true
  tags                    = var.tags
}
