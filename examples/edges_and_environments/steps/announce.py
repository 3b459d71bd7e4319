print("the table is printed")
