terraform {
  required_version = ">= 1.3" # optional() with defaults

  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = ">= 2.12, < 4.0"
    }
  }
}
